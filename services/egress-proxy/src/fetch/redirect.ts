import { canonicalUrl, type CanonicalUrl } from '@causeway/policy';
import type { PieceBody } from '../bodies/piece-body.ts';
import { stop, type Stop } from './fetch-stop.ts';
import { crossOriginHeaders, type FetchRequest } from './request-guard.ts';
import type { ResponseHead } from './response-guard.ts';

/** A request on its way, with its address read. */
export type Hop = Pick<FetchRequest, 'method' | 'headers' | 'body'> & {
  readonly url: CanonicalUrl;
  /** The body, where it is sent piece by piece. */
  readonly inPieces?: PieceBody;
};

export type RedirectDecision =
  /** The answer is the answer. */
  | { readonly kind: 'none' }
  | { readonly kind: 'follow'; readonly hop: Hop }
  | { readonly kind: 'stop'; readonly stop: Stop };

const REDIRECTS = [301, 302, 303, 307, 308];
const RESEND = [307, 308];

/** Whether an answer sends the request elsewhere, so that its body is of no interest. */
export const isRedirect = ({ status, headers }: ResponseHead, method: string): boolean =>
  REDIRECTS.includes(status) && headers['location'] !== undefined && (method !== 'POST' || RESEND.includes(status));

/**
 * Where an answer leads (RFC 9110 section 15.4). GET and HEAD are followed, as the same method, never from https to http. A POST was sent and
 * is never sent again: an answer that wants that is refused, any other is the result, with the place it names.
 */
export function redirectOf(
  hop: Hop,
  head: ResponseHead,
  limits: { readonly taken: number; readonly max: number },
): RedirectDecision {
  if (!isRedirect(head, hop.method)) return { kind: 'none' };
  const against = (detail: string): RedirectDecision => ({
    kind: 'stop',
    stop: stop('UPSTREAM_PROTOCOL_REFUSED', 'redirect', detail),
  });
  if (hop.method === 'POST')
    return against(`the destination wants the body sent again elsewhere (${head.status}); a POST is sent once`);
  if (limits.taken >= limits.max)
    return {
      kind: 'stop',
      stop: stop('REDIRECT_LIMIT', 'redirect', `the destination redirected more than ${limits.max} times`),
    };
  const next = canonicalUrl(head.headers['location'] ?? '', hop.url);
  if (!next.ok)
    return {
      kind: 'stop',
      stop: stop('URL_REFUSED', 'redirect', `the destination redirects to an address that is not used: ${next.detail}`),
    };
  if (hop.url.scheme === 'https' && next.url.scheme === 'http')
    return against('the destination redirects from https to plain http');
  const headers = sameOrigin(hop.url, next.url) ? hop.headers : crossOriginHeaders(hop.headers);
  return { kind: 'follow', hop: { method: hop.method, headers, url: next.url } };
}

const sameOrigin = (a: CanonicalUrl, b: CanonicalUrl): boolean =>
  a.scheme === b.scheme && a.host === b.host && a.port === b.port;
