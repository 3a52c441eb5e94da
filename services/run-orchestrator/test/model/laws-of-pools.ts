import { reservedOf, type Known, type ModelPool, type ModelRun, type ModelStep } from './known.ts';
import type { Terms } from './scene.ts';
import type { World } from './world.ts';

type Within = { readonly known: Known; readonly terms: Terms };

/** Whether what is done in this session counts for a pool. Where teams have limits, an agent's pool is that of one of its teams, or of none. */
function isAbove({ level, owner, team }: ModelPool, sessionId: string, { known, terms }: Within): boolean {
  const { agentId, teamId } = known.sessions[sessionId]!;
  if (level === 'session') return owner === sessionId;
  if (level === 'team') return owner === teamId;
  return owner === agentId && (terms.pools.team === undefined || team === teamId);
}

/** What runs below a pool used or hold for steps under way. */
const committedIn = (pool: ModelPool, within: Within): number =>
  Object.values(within.known.runs)
    .filter(({ isPooled, sessionId }) => isPooled && isAbove(pool, sessionId, within))
    .reduce((sum, run) => sum + run.used + reservedOf(run), 0);

/** Whether some pool above the run had nothing left. */
const isScarce = ({ sessionId }: ModelRun, within: Within): boolean =>
  Object.values(within.known.pools).some(
    (pool) => isAbove(pool, sessionId, within) && committedIn(pool, within) >= pool.limit + pool.extended,
  );

/** Whether there was no moment, while a step was worked on, at which its pools could not give what it needs. */
function isWronglyRefused(
  { model, exchanges, terms }: World,
  run: ModelRun,
  [stepId, { code, requestedAt, endedAt = requestedAt }]: readonly [string, ModelStep],
): boolean {
  if (code !== 'BUDGET_EXHAUSTED') return false;
  const asked = exchanges.filter(
    ({ request, about }) => about.runId === run.runId && 'step' in request && request.step === stepId,
  );
  const from = Math.min(requestedAt, ...asked.map((one) => one.from));
  return !model.states.slice(from, endedAt + 1).some((known) => isScarce(run, { known, terms }));
}

/** Nothing stays with who is over, and nobody is refused for want of what was there. */
export function brokenPools(world: World): readonly string[] {
  return Object.values(world.model.states.at(-1)!.runs).flatMap((run) => {
    const { runId, isPooled, shares, used, steps } = run;
    const held = Object.values(shares).reduce((sum, share) => sum + share.steps, 0);
    const kept = isPooled && held !== used ? [`${runId} used ${used} of a pool and keeps ${held}`] : [];
    const refused = Object.entries(steps).filter((step) => isWronglyRefused(world, run, step));
    return [...kept, ...refused.map(([stepId]) => `${runId}/${stepId} was refused although its pools had room`)];
  });
}
