import type { Views } from '../views.ts';
import { findChangedApprovals, findUnsettledApprovals, MOST_UNSETTLED } from './approvals.queries.ts';

/** Approvals that do not fit their steps at this moment, in ISO 8601. */
export type Unsettled = (at: string) => Promise<readonly string[]>;

/**
 * Looks for approvals that do not fit their steps: at everything first, then at what changed since the look before and at what that one found.
 * What fitted, and has not changed since, still fits; so a look costs what changed, however many wait.
 */
export function unsettledApprovals({ pool, runner }: Views): Unsettled {
  let before: { readonly from: number; readonly found: readonly string[] } | undefined;

  async function look(at: string): Promise<readonly string[]> {
    if (!before) return findUnsettledApprovals(pool, { at, among: 'all' });
    const among = [...new Set([...(await findChangedApprovals(pool, { at, from: before.from })), ...before.found])];
    return among.length === 0 ? [] : findUnsettledApprovals(pool, { at, among });
  }

  return async (at) => {
    const from = await runner.position();
    const found = await look(at);
    // There may be more than were asked for: the next look is where this one was.
    if (found.length < MOST_UNSETTLED) before = { from, found };
    return found;
  };
}
