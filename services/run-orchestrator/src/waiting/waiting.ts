import type { listWaiting, ReplyEnvelope, ReplyOf } from '@causeway/contracts';
import { ok, type Incoming } from '@causeway/messaging';
import { behind, type Views } from '../views.ts';
import { waitingItemOf } from './waiting-item.ts';
import { findWaiting } from './waiting.queries.ts';

/** The one queue of what only a person can move. */
export function createWaiting(views: Views) {
  return {
    list: async ({ data }: Incoming<typeof listWaiting>): Promise<ReplyEnvelope<ReplyOf<typeof listWaiting>>> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const { rows, total } = await findWaiting(views.pool, data.limit);
      return ok({ waiting: rows.map(waitingItemOf), total });
    },
  };
}
export type Waiting = ReturnType<typeof createWaiting>;
