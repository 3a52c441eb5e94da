import { rejected } from '@causeway/messaging';
import type { AnyProjection, Pool, ProjectionRunner } from '@causeway/postgres';
import { approvalsProjection } from './approvals/approvals.projection.ts';
import { capabilitiesProjection } from './capabilities/capabilities.projection.ts';
import { grantsProjection } from './grants/grants.projection.ts';
import { poolsProjection } from './pools/pools.projection.ts';
import { runsProjection } from './runs/runs.projection.ts';
import { schedulesProjection } from './schedules/schedules.projection.ts';
import { sessionsProjection } from './sessions/sessions.projection.ts';
import { stepsProjection } from './steps/steps.projection.ts';

/** Everything this service can be asked about. Dropped, it is rebuilt from the ledger. */
export const PROJECTIONS = [
  sessionsProjection,
  runsProjection,
  stepsProjection,
  approvalsProjection,
  schedulesProjection,
  capabilitiesProjection,
  grantsProjection,
  poolsProjection,
] as readonly AnyProjection[];

/** The views, and how far they have come. */
export type Views = { readonly pool: Pool; readonly runner: ProjectionRunner };

const WAIT_MS = 2_000;

/** Waits until the views hold a position that a caller has seen. The rejection to answer with when they do not get there in time. */
export async function behind({ runner }: Views, minPosition: number | undefined) {
  if (minPosition === undefined || (await runner.waitFor(minPosition, WAIT_MS))) return undefined;
  return rejected('PROJECTION_BEHIND', `the view does not hold position ${minPosition} yet; ask again in a moment`);
}

/** The answer to a page that should follow something that is not there: starting over would send the caller in circles. */
export const unknownAfter = (what: string, after: string) =>
  rejected(
    'REQUEST_INVALID',
    `there is no ${what} «${after}» to go on from; leave \`after\` out to begin at the start`,
    {
      errors: [{ path: 'after', message: `is not a known ${what}` }],
    },
  );

/** The first `limit` of a list that was asked for with one more, and where the next page begins. */
export function paged<Item>(
  items: readonly Item[],
  limit: number,
  keyOf: (item: Item) => string,
): { page: Item[]; next?: string } {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return items.length > limit && last !== undefined ? { page, next: keyOf(last) } : { page };
}
