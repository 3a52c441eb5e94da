import type { Known, ModelPool } from './known.ts';
import { reservedOf } from './known.ts';
import type { World } from './world.ts';

/** What runs below a pool used or hold for steps under way. */
function committedIn({ level, owner }: ModelPool, { runs, sessions }: Known): number {
  const isBelow = (sessionId: string): boolean =>
    level === 'team' || (level === 'agent' ? sessions[sessionId]?.agentId === owner : sessionId === owner);
  return Object.values(runs)
    .filter(({ isPooled, sessionId }) => isPooled && isBelow(sessionId))
    .reduce((sum, run) => sum + run.used + reservedOf(run), 0);
}

const isAbove = ({ level, owner }: ModelPool, run: { readonly sessionId: string; readonly agentId: string }): boolean =>
  level === 'team' || owner === (level === 'agent' ? run.agentId : run.sessionId);

/** Nothing stays with who is over, and nobody is refused for want of what was there. */
export function brokenPools({ model, exchanges }: World): readonly string[] {
  const known = model.states.at(-1)!;
  const kept = Object.values(known.runs).flatMap(({ runId, isPooled, shares, used }) => {
    const held = Object.values(shares).reduce((sum, { steps }) => sum + steps, 0);
    return isPooled && held !== used ? [`${runId} used ${used} of a pool and keeps ${held}`] : [];
  });
  const refused = Object.values(known.runs).flatMap((run) =>
    Object.entries(run.steps).flatMap(([stepId, { code, requestedAt, endedAt = requestedAt }]) => {
      if (code !== 'BUDGET_EXHAUSTED') return [];
      const asked = exchanges.filter(
        ({ request, about }) => about.runId === run.runId && 'step' in request && request.step === stepId,
      );
      const from = Math.min(requestedAt, ...asked.map((one) => one.from));
      const window = model.states.slice(from, endedAt + 1);
      const isScarce = window.some((state) =>
        Object.values(state.pools).some(
          (pool) => isAbove(pool, run) && committedIn(pool, state) >= pool.limit + pool.extended,
        ),
      );
      return isScarce ? [] : [`${run.runId}/${stepId} was refused although its pools had room`];
    }),
  );
  return [...kept, ...refused];
}
