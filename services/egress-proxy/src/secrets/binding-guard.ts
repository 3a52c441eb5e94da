import type { CanonicalUrl, SecretReference } from '@causeway/policy';
import type { Stop } from '../fetch/fetch-stop.ts';

type Request = { readonly method: string; readonly url: CanonicalUrl };

/** Whether a request goes exactly where a secret may go. */
export function isBound({ destination }: SecretReference, { method, url }: Request): boolean {
  const { scheme, host, port, methods, pathPrefix } = destination;
  return (
    url.scheme === scheme &&
    url.host === host &&
    url.port === port &&
    methods.includes(method) &&
    isBelow(url.path, pathPrefix)
  );
}

/** Whole segments count: what is below `/v1` is `/v1` and `/v1/…`, and not `/v10`. */
const isBelow = (path: string, prefix: string): boolean =>
  path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);

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
