import type { CanonicalUrl } from './canonical-url.ts';
import type { SecretReference } from './secret-settings.ts';

type Request = { readonly method: string; readonly url: CanonicalUrl };

/** Whether a request goes exactly where a secret may go. */
export function isBound({ destination }: Pick<SecretReference, 'destination'>, { method, url }: Request): boolean {
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
