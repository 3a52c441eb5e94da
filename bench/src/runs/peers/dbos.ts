import { join } from 'node:path';
import type { Instance } from '@causeway/provisioning';
import { startChild } from '../../child.ts';
import { expectOk, httpClient } from '../../http-client.ts';
import { clockOf } from '../../instance-processes.ts';
import { measure } from '../../load.ts';
import type { Peer } from './peers.ts';

export const DBOS = 'peer: DBOS';

/** One workflow with one durable step for each request, in one process, on the Postgres of the instance. */
export async function dbos(instance: Instance, folder: string): Promise<Peer> {
  const database = new URL(instance.adminUrl);
  database.pathname = '/dbos_bench';
  const program = await startChild(join(folder, 'dbos-step.mjs'), {
    NODE_ENV: 'production',
    BENCH_POSTGRES_URL: database.toString(),
  });
  const client = httpClient(`http://127.0.0.1:${(program.ready as { port: number }).port}`);
  const processorTime = await clockOf(instance, { services: [], others: { peer: [program.pid] } });
  return {
    at: (inFlight) => ({
      ...{ name: DBOS, inFlight, processorTime },
      measure: (load) => measure(load, () => expectOk(client.post('/', {}))),
    }),
    close: async () => {
      await client.close();
      await program.stop();
    },
  };
}
