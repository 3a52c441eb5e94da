import { readFileSync } from 'node:fs';
import { connectBus, ledgerClient } from '@causeway/messaging';
import type { LedgerPort } from '@causeway/eventing';
import { natsPassword, operatorKeyFile, type NatsUser } from '@causeway/provisioning';
import { httpClient, type HttpClient } from '../http-client.ts';
import type { Place } from './place.ts';
import { fill, waitingRun, type WaitingRun } from './waiting-run.ts';

/** An instance whose log is filled with runs that wait, in the name of the service that owns them. */
export type LogPlace = Place & {
  readonly client: HttpClient;
  readonly operatorKey: string;
  readonly like: WaitingRun;
  /** Adds so many of them; resolves once the views hold them. */
  readonly add: (runs: number) => Promise<void>;
  /** Events in the log. */
  readonly size: () => Promise<number>;
  readonly connectAs: (user: NatsUser) => ReturnType<typeof connectBus>;
  readonly close: () => Promise<void>;
};

const WRITER = 'run-orchestrator';
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

export async function logPlace(place: Place): Promise<LogPlace> {
  const { instance } = place;
  const connectAs = (user: NatsUser) =>
    connectBus({
      ...{ url: instance.natsUrl, user, name: 'bench', log: quiet },
      password: natsPassword(instance.home, user),
    });
  const bus = await connectAs(WRITER);
  const ledger = ledgerClient({ bus, writer: WRITER });
  const client = httpClient(instance.gatewayUrl);
  const operatorKey = readFileSync(operatorKeyFile(instance.home, 'local-operator'), 'utf8').trim();
  const like = await waitingRun(instance, { client, operatorKey, ledger });
  return {
    ...{ ...place, client, operatorKey, like, connectAs },
    add: async (runs) => seen({ client, operatorKey, like }, await fill(ledger, like, runs)),
    size: () => sizeOf(ledger),
    close: async () => {
      await client.close();
      await bus.close();
    },
  };
}

async function sizeOf(ledger: LedgerPort): Promise<number> {
  return (await ledger.readAll({ fromPosition: 0, limit: 1 })).nextPosition;
}

type Asking = Pick<LogPlace, 'client' | 'operatorKey' | 'like'>;

/** Asks until the views hold a position: each question waits for a while. */
async function seen({ client, operatorKey, like }: Asking, position: number): Promise<void> {
  while ((await client.get(`/v1/runs/${like.runId}?minPosition=${position}`, operatorKey)).status !== 200);
}
