import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';
import { startChild } from '../child.ts';
import { inTurns, type WindowedRow } from '../contestant.ts';
import { figuresOf, type Sample } from '../load.ts';
import { processorTimeOf } from '../processor-time.ts';
import type { EgressCompare } from './fetch.ts';
import { PAGES_HOST } from './pack.ts';

const PROGRAM = join(repositoryRoot, 'services', 'egress-proxy', 'test', 'bench', 'guards-alone.ts');

export const BARE_CLIENT = 'floor: bare undici, a connection each';
export const GUARDS = 'ours, the guards alone';
/** What the program calls them. */
const WAYS = { 'floor: bare undici, kept alive': 'kept', [BARE_CLIENT]: 'bare', [GUARDS]: 'guarded' };

/**
 * One page of 1 KiB, fetched in one process: by the guards of egress-proxy, with a ledger that keeps nothing, and by the client that they use, with
 * nothing around it. No bus, no step.
 */
export async function guards({ place, extent, rows = '', log }: EgressCompare): Promise<readonly WindowedRow[]> {
  const child = await startChild(PROGRAM, { BENCH_HOST: PAGES_HOST, BENCH_PORT: String(place.site.pages) });
  const processorTime = async () => processorTimeOf({ process: [child.pid] });
  const contestants = Object.entries(WAYS)
    .filter(([name]) => rows.split('|').some((wanted) => `${name}, 1 in flight`.includes(wanted)))
    .map(([name, way]) => ({
      ...{ name, inFlight: 1, ...(way === 'bare' ? {} : { floor: BARE_CLIENT }) },
      measure: async ({ durationMs, warmUpMs }: { readonly durationMs: number; readonly warmUpMs?: number }) =>
        figuresOf([(await child.call({ way, durationMs, warmUpMs: warmUpMs ?? 0 })) as Sample]),
    }));
  try {
    return await inTurns(contestants, { extent, processorTime, log });
  } finally {
    await child.stop();
  }
}
