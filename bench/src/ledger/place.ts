import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getHead } from '@causeway/contracts';
import { connectBus, type Bus } from '@causeway/messaging';
import {
  choosePort,
  natsPassword,
  spreadPorts,
  startInstance,
  stopInstance,
  type Instance,
} from '@causeway/provisioning';
import { WRITER } from './events.ts';
import { clockOf } from '../instance-processes.ts';
import { footprint, type Footprint } from './footprint.ts';
import { tellingMemory } from './held-memory.ts';
import { profiled, type LoadProcesses } from './load-processes.ts';

/** A Postgres, a NATS and an audit-ledger of one's own, nothing else. */
export type Place = {
  readonly instance: Instance;
  readonly bus: Bus;
  /** Number of events in the log. */
  readonly size: () => Promise<number>;
  /** Resolves once everything in the log is published. */
  readonly settle: () => Promise<void>;
  /** What the log takes now; it makes audit-ledger collect its garbage. */
  readonly footprint: () => Promise<Footprint>;
  readonly stop: () => Promise<void>;
};

export type PlaceOptions = { readonly log: (line: string) => void; readonly profileFolder?: string };

const POLL_MS = 50;
const meta = { id: 'bench', actor: { kind: 'system', id: WRITER } } as const;
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** Reads what the ledger, its servers and the load have used. */
export const ledgerClock = ({ instance }: Place, { pids: load }: Pick<LoadProcesses, 'pids'>) =>
  clockOf(instance, { services: ['audit-ledger'], others: { load } });

/** Starts one on fresh data; stopping it removes them. */
export async function startPlace({ log, profileFolder }: PlaceOptions): Promise<Place> {
  const home = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  spreadPorts(home);
  const remove = async () => {
    await stopInstance({ home });
    rmSync(home, { recursive: true, force: true });
  };
  const memoryFile = join(home, 'memory');
  try {
    await choosePort(home, 'gateway');
    const instance = await startInstance({
      ...{ home, log, only: ['audit-ledger'] },
      overrides: { 'audit-ledger': watchedBy(memoryFile, profileFolder) },
    });
    const password = natsPassword(home, WRITER);
    const bus = await connectBus({ url: instance.natsUrl, user: WRITER, password, name: 'bench', log: quiet });
    const stop = () => bus.close().then(remove);
    return { instance, bus, ...watched(bus), footprint: () => footprint(instance, memoryFile), stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

function watchedBy(memoryFile: string, profileFolder: string | undefined): Readonly<Record<string, string>> {
  const telling = tellingMemory(memoryFile);
  if (profileFolder === undefined) return telling;
  return {
    ...telling,
    NODE_OPTIONS: `${telling.NODE_OPTIONS} ${profiled(profileFolder, 'audit-ledger').NODE_OPTIONS}`,
  };
}

function watched(bus: Bus): Pick<Place, 'size' | 'settle'> {
  const head = async () => {
    const reply = await bus.request(getHead, {}, meta, { timeoutMs: 30_000, attemptMs: 5_000 });
    if (!reply.ok) throw new Error(`the ledger did not tell its head: ${reply.rejection.detail}`);
    return reply.value;
  };
  return {
    size: async () => (await head()).nextPosition,
    settle: async () => {
      for (;;) {
        const { nextPosition, publishedTo } = await head();
        if (publishedTo >= nextPosition) return;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
  };
}
