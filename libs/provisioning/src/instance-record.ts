import { homePaths, readIfThere, writeWhole } from './home.ts';
import { withLock } from './process/lock.ts';

/** What an instance remembers about itself between starts (`instance.json`). Holds no secret. */
export type InstanceRecord = {
  readonly version: 1;
  /** Tells this instance's containers and volumes from another clone's. */
  readonly id?: string;
  readonly ports?: { readonly [name: string]: number };
  /** nats://host:port the services were last started with. */
  readonly natsUrl?: string;
  /** postgres://host:port/database the services were last started with, without user and password. */
  readonly postgresUrl?: string;
  /** Which of the two are not ours: they were named by URL. */
  readonly given?: readonly ('nats' | 'postgres')[];
};

/** The record of the instance in `home`; an empty one when it has never been started. */
export function instanceRecord(home: string): InstanceRecord {
  return JSON.parse(readIfThere(homePaths(home).instance) ?? '{"version":1}') as InstanceRecord;
}

/** Changes the record; no change of another process gets lost. Returns the record as it is then. */
export function updateInstance(
  home: string,
  change: (record: InstanceRecord) => Partial<InstanceRecord>,
): Promise<InstanceRecord> {
  return withLock(home, 'instance-record', async () => {
    const before = instanceRecord(home);
    const after = { ...before, ...change(before) };
    writeWhole(homePaths(home).instance, `${JSON.stringify(after, null, 2)}\n`);
    return after;
  });
}
