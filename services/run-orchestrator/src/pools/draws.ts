import type { Amounts, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { entriesOf, type AggregateHandler } from '@causeway/eventing';
import type { Edge } from '../edge.ts';
import { isNothing, minus, positive } from '../runs/domain/amounts.ts';
import type { RunCommand } from '../runs/domain/run.commands.ts';
import type { RunRejection } from '../runs/domain/run.refusals.ts';
import type { Run } from '../runs/domain/run.ts';
import { drewJustNow } from '../runs/domain/with-budget-effects.ts';
import type { Pool } from './domain/pool.ts';
import { poolDrewJustNow, type PoolCommand, type PoolRejection } from './domain/pool.decide.ts';
import { limitedIn, type PoolLink } from './pool-chain.ts';
import { inRounds } from './rounds.ts';

export type PoolHandler = AggregateHandler<Pool, PoolCommand, RunOrchestratorEvent, PoolRejection>;
export type RunHandler = AggregateHandler<Run, RunCommand, RunOrchestratorEvent, RunRejection>;
export type DrawParts = {
  readonly pools: PoolHandler;
  readonly runs: RunHandler;
  readonly edge: Pick<Edge, 'now'>;
  readonly executor: string;
  readonly sleep: (ms: number) => Promise<unknown>;
};

export type DrawRequest = {
  readonly chain: readonly PoolLink[];
  readonly holder: string;
  readonly holderKind: 'run' | 'pool';
  readonly draw: number;
  readonly full: Amounts;
  readonly least: Amounts;
  readonly most: Amounts;
};

/** How often somebody who waits for others to return what they do not need looks again, and how often at most. */
const LOOK_AGAIN_MS = 100;
const LOOKS = 200;
/** Holders asked at once for what they do not need. */
const ASKED_AT_ONCE = 16;

/** What came of asking the holders of a pool: whether something came back, and whether something may come soon. */
type Reclaimed = { readonly gotBack: boolean; readonly isPending: boolean };

/**
 * Draws on pools. A pool that is short asks its holders for what they do not need, and a refusal is final only after none of them had
 * anything, and nothing moved while they were asked: so in the end exactly the limit is given out. Every draw and every return is one append over both streams.
 */
export function poolDraws({ pools, runs, edge, executor, sleep }: DrawParts) {
  const meta = { actor: { kind: 'system' as const, id: executor } };
  const opened = new Map<string, string>();
  const reclaims = new Map<string, () => Promise<Reclaimed>>();

  async function ensureOpen({ limits, ...identity }: PoolLink): Promise<void> {
    const terms = JSON.stringify(limits);
    const { poolId } = identity;
    if (opened.get(poolId) === terms) return;
    await pools.handle(poolId, { type: 'open', ...identity, limits, at: edge.now() }, meta);
    opened.set(poolId, terms);
  }

  /** Draws once; undefined when the holder has it now, else why not. */
  async function once({ chain, full: least, most, ...request }: DrawRequest): Promise<PoolRejection | undefined> {
    const [pool, ...above] = chain as readonly [PoolLink, ...PoolLink[]];
    const { holder, holderKind, draw } = request;
    const terms = { holder, holderKind, draw, least, most, limitedAbove: limitedIn(above) };
    const handled = await pools.handle(pool.poolId, { type: 'draw', ...terms, at: edge.now() }, meta);
    return handled.accepted ? undefined : handled.rejection;
  }

  /** Why the holder does not get it, for good; undefined when it has it now. */
  async function draw(request: DrawRequest): Promise<Rejection | undefined> {
    const [pool, ...above] = request.chain;
    if (!pool) throw new Error(`${request.holder} has no pool to draw on`);
    await ensureOpen(pool);
    let asked = request;
    for (let look = 0; ; look++) {
      const before = await versionOf(pool.poolId);
      const rejection = await once(asked);
      if (!rejection) return undefined;
      const found = await makeRoom(rejection, pool, above);
      const refusal = found === 'again' || (await versionOf(pool.poolId)) === before ? found : 'again';
      if (refusal === 'again' && look < LOOKS) continue;
      if (isNothing(minus(asked.full, asked.least))) return refusal === 'again' ? plainly(rejection) : refusal;
      asked = { ...asked, full: asked.least };
    }
  }

  /** What moves from one holder to another passes through their pool: while its version stays, nothing was missed by asking one after another. */
  async function versionOf(poolId: string): Promise<number> {
    const pool = await pools.load(poolId);
    return pool.kind === 'none' ? 0 : pool.version;
  }

  /** Draws from above, or gets back what holders do not need. `again`: there may be room now. */
  async function makeRoom(
    rejection: PoolRejection,
    pool: PoolLink,
    above: readonly PoolLink[],
  ): Promise<Rejection | 'again'> {
    const { shortfall } = rejection;
    if (!shortfall) return rejection;
    const refusal = shortfall.kind === 'above' ? await drawFor(pool, above, shortfall) : plainly(rejection);
    if (refusal === undefined) return 'again';
    const { gotBack, isPending } = await reclaim(pool.poolId);
    if (!gotBack && !isPending) return refusal;
    if (!gotBack) await sleep(LOOK_AGAIN_MS);
    return 'again';
  }

  async function drawFor(
    { poolId }: PoolLink,
    chain: readonly PoolLink[],
    { full, most }: { readonly full: Amounts; readonly most: Amounts },
  ): Promise<Rejection | undefined> {
    const state = await pools.load(poolId);
    const parent = chain[0]?.poolId ?? '';
    const drawn = state.kind === 'none' ? 0 : (state.allotments[parent]?.draws ?? 0);
    return draw({ chain, holder: poolId, holderKind: 'pool', draw: drawn + 1, full, least: full, most });
  }

  function reclaim(poolId: string): Promise<Reclaimed> {
    const known = reclaims.get(poolId) ?? inRounds(() => askHolders(poolId));
    reclaims.set(poolId, known);
    return known();
  }

  async function askHolders(poolId: string): Promise<Reclaimed> {
    const pool = await pools.load(poolId);
    if (pool.kind === 'none') return { gotBack: false, isPending: false };
    const holders = entriesOf(pool.holders)
      .filter(([, { isGone, held }]) => !isGone && !isNothing(positive(held)))
      .map(([id]) => id);
    let all: Reclaimed = { gotBack: false, isPending: false };
    for (let from = 0; from < holders.length; from += ASKED_AT_ONCE) {
      const asked = holders.slice(from, from + ASKED_AT_ONCE);
      const answers = await Promise.all(asked.map((id) => (isPool(id) ? askPool(id, poolId) : askRun(id, poolId))));
      all = answers.reduce(either, all);
    }
    const hasMoved = (await versionOf(poolId)) !== pool.version;
    return { ...all, isPending: all.isPending || hasMoved };
  }

  async function askRun(runId: string, pool: string): Promise<Reclaimed> {
    const at = edge.now();
    const context = { ...meta, correlationId: runId };
    const handled = await runs.handle(runId, { type: 'return-allotment', pool, at }, context);
    const isPending = handled.state.kind === 'run' && drewJustNow(handled.state, at);
    return { gotBack: handled.accepted && handled.events.length > 0, isPending };
  }

  async function askPool(poolId: string, to: string): Promise<Reclaimed> {
    const below = await reclaim(poolId);
    const at = edge.now();
    const handled = await pools.handle(poolId, { type: 'surrender', to, at }, meta);
    const isPending = below.isPending || (handled.state.kind === 'pool' && poolDrewJustNow(handled.state, at));
    return { gotBack: handled.accepted && handled.events.length > 0, isPending };
  }

  return { draw };
}
export type PoolDraws = ReturnType<typeof poolDraws>;

const isPool = (id: string): boolean => id.startsWith('pool_');
const either = (one: Reclaimed, other: Reclaimed): Reclaimed => ({
  gotBack: one.gotBack || other.gotBack,
  isPending: one.isPending || other.isPending,
});

/** The refusal without what only the drawing needs. */
const plainly = ({ shortfall: _, ...rejection }: PoolRejection): Rejection => rejection;
