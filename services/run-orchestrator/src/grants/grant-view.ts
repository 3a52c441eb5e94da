import type { GrantView } from '@causeway/contracts';
import type { IssuedGrant } from './domain/grant.ts';

/** A standing grant as the contract shows it. */
export function grantViewOf(grant: IssuedGrant): GrantView {
  const { terms, state, matched, used, issuedBy, issuedAt, endedBy, endedAt } = grant;
  return {
    ...{ grantId: terms.grantId, state, terms, matched, used, issuedBy, issuedAt },
    ...(endedBy ? { endedBy } : {}),
    ...(endedAt ? { endedAt } : {}),
  };
}
