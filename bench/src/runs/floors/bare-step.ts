import { natsPassword, type Instance } from '@causeway/provisioning';
import { startChild, type Child } from '../../child.ts';
import type { Contestant } from '../../contestant.ts';
import { expectOk, httpClient } from '../../http-client.ts';
import { clockOf } from '../../instance-processes.ts';
import { measure } from '../../load.ts';

export const SAME_HOPS = 'floor: same hops and commits';
export const WITHOUT_LEDGER_HOP = 'floor: committing in the worker';

export type BareStep = { readonly at: (inFlight: number) => Contestant; readonly close: () => Promise<void> };

/**
 * POST → bus → commit → bus → provider → commit → answer, written bare, in processes of their own: as many rows and bytes as a step seals. The
 * commits are made by a process of its own, as ours are by audit-ledger, or by the worker `itself`, one hop less each.
 */
export async function bareStep(instance: Instance, commits: 'by-committer' | 'itself'): Promise<BareStep> {
  const child = (file: string, user: Parameters<typeof natsPassword>[1]): Promise<Child> =>
    startChild(`./runs/floors/${file}.ts`, {
      BENCH_NATS_URL: instance.natsUrl,
      BENCH_PASSWORD: natsPassword(instance.home, user),
      BENCH_POSTGRES_URL: instance.adminUrl,
      BENCH_COMMITS: commits,
    });
  const children = [
    ...(commits === 'itself' ? [] : [await child('committer', 'audit-ledger')]),
    ...[await child('provider', 'resource-store'), await child('worker', 'run-orchestrator')],
  ];
  const front = await child('front', 'gateway');
  const client = httpClient(`http://127.0.0.1:${(front.ready as { port: number }).port}`);
  const pids = [...children, front].map(({ pid }) => pid);
  const processorTime = await clockOf(instance, { services: [], others: { floor: pids } });
  const asked = { stepId: 's1', capability: 'system.ping', input: {} };
  return {
    at: (inFlight) => ({
      ...{ name: commits === 'itself' ? WITHOUT_LEDGER_HOP : SAME_HOPS, inFlight, processorTime },
      measure: (load) => measure(load, () => expectOk(client.post('/', asked))),
    }),
    close: async () => {
      await client.close();
      for (const each of [front, ...children]) await each.stop();
    },
  };
}
