import type { CanonicalUrl, FetchLimits } from '@causeway/policy';
import { stop, type Stop } from '../fetch/fetch-stop.ts';

/** What is wrong with a body that is larger than the deciding rule takes. */
export function ruleBodyStop(
  body: string | Uint8Array | undefined,
  { maxRequestBytes }: Pick<FetchLimits, 'maxRequestBytes'>,
): Stop | undefined {
  const sizeBytes = body === undefined ? 0 : Buffer.byteLength(body);
  if (sizeBytes <= maxRequestBytes) return undefined;
  return stop('REQUEST_BODY_TOO_LARGE', 'policy', `the body has ${sizeBytes} bytes; the rule takes ${maxRequestBytes}`);
}

/** What is wrong with a redirect that leads elsewhere under a rule that stays where it is. */
export function ruleOriginStop(
  from: CanonicalUrl,
  to: CanonicalUrl,
  { redirects }: Pick<FetchLimits, 'redirects'>,
): Stop | undefined {
  if (redirects === 'rules') return undefined;
  const isSame = from.scheme === to.scheme && from.host === to.host && from.port === to.port;
  if (isSame) return undefined;
  const detail = 'the destination redirects elsewhere, and the rule follows redirects within one origin only';
  return { ...stop('POLICY_DENIED', 'redirect', detail), allowed: ['redirects to the same scheme, host and port'] };
}
