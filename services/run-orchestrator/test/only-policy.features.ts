import type { Policy } from '@causeway/policy';
import type { Policies } from '../src/policies/policies.ts';

/** A world with one policy. */
export const onlyPolicy = (policy: Policy): Policies => {
  const known = (digest: string): Policy | undefined => (digest === policy.ref.digest ? policy : undefined);
  return {
    ...{ active: () => policy, likely: () => policy, known, find: (digest) => Promise.resolve(known(digest)) },
    ...{ remember: () => undefined, isRevoked: () => false },
  };
};
