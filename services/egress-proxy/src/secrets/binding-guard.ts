import { isBound, type CanonicalUrl, type SecretReference } from '@causeway/policy';
import type { Stop } from '../fetch/fetch-stop.ts';

type Request = { readonly method: string; readonly url: CanonicalUrl };

/** What is wrong with a request whose rule says that a secret goes along, when the secret is for somewhere else. */
export function bindingStop(secret: SecretReference, request: Request): Stop | undefined {
  if (isBound(secret, request)) return undefined;
  const { scheme, host, port, methods, pathPrefix } = secret.destination;
  return {
    code: 'POLICY_DENIED',
    stage: 'secret',
    detail: `the rule sends the secret ${secret.name} along, which is bound to another destination`,
    allowed: [`${methods.join(', ')} ${scheme}://${host}:${port}${pathPrefix} and below it`],
  };
}

/** Whether the requests of this call so far all carried this very secret: who was redirected to from elsewhere chose where it goes. */
export const mayCarry = (secret: SecretReference, earlier: readonly { readonly secret?: string }[]): boolean =>
  earlier.every((hop) => hop.secret === secret.name);
