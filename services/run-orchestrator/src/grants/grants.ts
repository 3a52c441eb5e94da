import type { GrantView, listGrants, ReplyEnvelope, ReplyOf, revokeGrant } from '@causeway/contracts';
import { ok, type Incoming } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import { behind, paged, unknownAfter, type Views } from '../views.ts';
import { grantViewOf } from './grant-view.ts';
import { toGrantView } from './grants.projection.ts';
import { findGrant, findGrants } from './grants.queries.ts';

/** What can be asked about standing grants. They are issued with an approval. */
export function createGrants({ handlers, edge }: Parts, views: Views) {
  return {
    revoke: async ({ data, meta }: Incoming<typeof revokeGrant>): Promise<ReplyEnvelope<GrantView>> => {
      const command = { type: 'revoke' as const, reason: data.reason, by: meta.actor.id, at: edge.now() };
      const context = { actor: meta.actor, causationId: meta.id };
      const handled = await handlers.grants.handle(data.grantId, command, context);
      if (!handled.accepted) return { ok: false, rejection: handled.rejection };
      if (handled.state.kind === 'none') throw new Error('a grant that took a command is not there');
      return ok(grantViewOf(handled.state));
    },
    list: async ({ data }: Incoming<typeof listGrants>): Promise<ReplyEnvelope<ReplyOf<typeof listGrants>>> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const { after } = data;
      if (after !== undefined && !(await findGrant(views.pool, after))) return unknownAfter('standing grant', after);
      const { page, next } = paged(await findGrants(views.pool, data), data.limit, ({ terms }) => terms.grantId);
      return ok({ grants: page.map(toGrantView), ...(next ? { next } : {}) });
    },
  };
}
export type Grants = ReturnType<typeof createGrants>;
