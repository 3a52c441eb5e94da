import type { GrantView, RunOrchestratorEvent } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';
import { grantDecider, type IssuedGrant } from './domain/grant.ts';
import { grantViewOf } from './grant-view.ts';

export type GrantDocument = IssuedGrant & { readonly issuedAtPosition: number };

/** Standing grants by their id. */
export const grantsProjection: DocumentProjection<GrantDocument> = {
  table: 'grant_view',
  keysOf: ({ type, stream }) => (type.startsWith('grant.') ? [stream] : []),
  evolve: (grant, recorded) => {
    const next = grantDecider.evolve(grant ?? { kind: 'none' }, recorded as unknown as RunOrchestratorEvent);
    if (next.kind === 'none') return undefined;
    return { ...next, issuedAtPosition: grant?.issuedAtPosition ?? recorded.position };
  },
};

/** The document as the contract shows it. */
export const toGrantView = (document: GrantDocument): GrantView => grantViewOf(document);
