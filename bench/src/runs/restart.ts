import { rebuildProjectionsOf } from '@causeway/contracts';
import { startService, stopService, waitReady, type ServiceName } from '@causeway/provisioning';
import { logPlace, type LogPlace } from './log-place.ts';
import type { Extent } from './options.ts';
import type { Place } from './place.ts';

/** What starting and rebuilding take on a log of some size, in ms. */
export type Restart = {
  /** Events in the log. */
  readonly size: number;
  /** From telling run-orchestrator to start until it is ready, its views up to date. */
  readonly startMs: number;
  /** The same for audit-ledger and the gateway. */
  readonly ledgerStartMs: number;
  readonly gatewayStartMs: number;
  /** Building every view of run-orchestrator anew from position 0 and comparing it, while it serves. */
  readonly rebuildMs: number;
  /** Whether what was built is what was there. */
  readonly equal: boolean;
};

const REBUILD_WITHIN_MS = 1_800_000;

/** Lets the log grow to each size, and there starts services again and rebuilds the views. */
export async function restarts(
  place: Place,
  { sizes }: Extent,
  log: (line: string) => void,
): Promise<readonly Restart[]> {
  const here = await logPlace(place);
  try {
    const found: Restart[] = [];
    for (const wanted of sizes) {
      await here.add(Math.max(1, Math.ceil((wanted - (await here.size())) / here.like.events.length)));
      found.push(await measureHere(here));
      log(`${found.at(-1)!.size} events: started again and rebuilt`);
    }
    return found;
  } finally {
    await here.close();
  }
}

async function measureHere(here: LogPlace): Promise<Restart> {
  const size = await here.size();
  const rebuilt = await rebuild(here);
  const startMs = await started(here, 'run-orchestrator');
  const gatewayStartMs = await started(here, 'gateway');
  const ledgerStartMs = await started(here, 'audit-ledger');
  return { size, startMs, ledgerStartMs, gatewayStartMs, ...rebuilt };
}

async function started({ instance }: LogPlace, name: ServiceName): Promise<number> {
  const { home } = instance;
  await stopService(name, { home });
  const began = performance.now();
  await startService(name, { home });
  await waitReady(name, { home });
  return performance.now() - began;
}

async function rebuild({ connectAs }: LogPlace): Promise<Pick<Restart, 'rebuildMs' | 'equal'>> {
  const bus = await connectAs('gateway');
  try {
    const began = performance.now();
    const meta = { id: crypto.randomUUID(), actor: { kind: 'operator', id: 'bench' } } as const;
    const once = { timeoutMs: REBUILD_WITHIN_MS, send: 'once' } as const;
    const reply = await bus.request(rebuildProjectionsOf('run-orchestrator'), {}, meta, once);
    if (!reply.ok) throw new Error(`the views were not rebuilt: ${reply.rejection.detail}`);
    return { rebuildMs: performance.now() - began, equal: reply.value.projections.every(({ equal }) => equal) };
  } finally {
    await bus.close();
  }
}
