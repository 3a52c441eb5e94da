import { z } from 'zod';
import { defineCapability } from '../capability.ts';
import { ResourceId } from '../ids.ts';
import { MAX_BODY_BYTES } from '../resource-store/bodies.ts';
import { ownCallsReserve } from './own-calls.ts';

export const FetchInput = z.strictObject({
  url: z.string().min(1).max(4096),
  method: z.enum(['GET', 'HEAD', 'POST']).default('GET'),
  /** Request headers; only those on the proxy's list are sent. */
  headers: z.record(z.string().max(64), z.string().max(1024)).default({}),
  /** Body to send, UTF-8 text; POST only. */
  body: z.string().max(262_144).optional(),
  /** A resource of the session to send as the body, byte for byte; POST only, in place of `body`. */
  bodyRef: ResourceId.optional(),
  /** Most bytes that the answer's body may have. A lower number reserves less of the budget; left out: what policy allows. */
  maxBytes: z.int().min(1).max(MAX_BODY_BYTES).optional(),
});
export type FetchInput = z.infer<typeof FetchInput>;

export const FetchResult = z.strictObject({
  status: z.int().min(200).max(599),
  /** The address that answered, after redirects. */
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  contentType: z.string().optional(),
  /** Text as UTF-8, anything else as base64. Absent when it is kept as a resource, or was lost after the call was recorded. */
  body: z.string().optional(),
  /** The resource that the body is kept as, being too large to travel in line. Read it in pages with resource.get. */
  bodyResource: ResourceId.optional(),
  bodyEncoding: z.enum(['utf8', 'base64']),
  sizeBytes: z.int().min(0),
  sha256: z.string(),
  redirects: z.int().min(0),
});
export type FetchResult = z.infer<typeof FetchResult>;

export const FETCH_REJECTIONS = [
  'GRANT_EXPIRED',
  'GRANT_MISMATCH',
  'POLICY_VERSION_MISMATCH',
  'POLICY_DENIED',
  'URL_REFUSED',
  'METHOD_REFUSED',
  'HEADER_REFUSED',
  'ADDRESS_REFUSED',
  'DNS_FAILED',
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_TLS_FAILED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_PROTOCOL_REFUSED',
  'REQUEST_BODY_TOO_LARGE',
  'RESPONSE_TOO_LARGE',
  'REDIRECT_LIMIT',
  'SECRET_UNAVAILABLE',
  'SECRET_ECHOED',
  'EGRESS_LEDGER_UNREACHABLE',
  'KILLED',
  'STEP_OUTCOME_UNKNOWN',
  'RESOURCE_NOT_FOUND',
  'BODY_NOT_KEPT',
] as const;

/** Bytes of an answer's head that Node's HTTP parser takes, and of the lines that egress-proxy adds to a request. */
const MAX_HEAD_BYTES = 16_384;
const MAX_OWN_HEAD_BYTES = 1_024;

/** What egress-proxy may have read of a connection before it looks at how much that is: so the limit at which it ends one lies below what is reserved. */
export const READ_AHEAD_BYTES = 131_072;

/** A large body with what TLS records and chunks add to it, generously; small ones have their room in the heads. */
export const onTheWire = (bytes: number): number => bytes + (bytes > 1_048_576 ? Math.ceil(bytes / 64) : 0);

/** HTTP(S) request to an allowed destination, made by Causeway. */
export const httpFetch = defineCapability({
  id: 'network.http-fetch',
  version: '1',
  owner: 'egress-proxy',
  title: 'Fetch over HTTP',
  description: 'GET, HEAD or POST to a destination that policy allows. Redirects are decided again at every hop.',
  input: FetchInput,
  result: FetchResult,
  effectRules: { rules: [{ field: 'method', in: ['GET', 'HEAD'], effect: 'reads' }], otherwise: 'writes' },
  failsWhen: { field: 'status', atLeast: 400, detail: 'the destination answered with status {value}' },
  decisive: ['method', 'url', 'bodyRef'],
  reserves: ({ url, headers, body = '', bodyRef, maxBytes = MAX_BODY_BYTES }, bounds) => {
    const { maxResponseBytes, maxRedirects, maxKeptBytes = 0, maxSentBytes = 0 } = bounds;
    const sent = [url, ...Object.entries(headers).flat()].reduce((bytes, text) => bytes + 3 * text.length + 4, 0);
    const most = Math.min(maxBytes, Math.max(maxResponseBytes, maxKeptBytes));
    const referred = bodyRef === undefined ? 0 : maxSentBytes;
    const own = ownCallsReserve(bounds.ownCalls, 1 + maxRedirects);
    return {
      bytesOut: (1 + maxRedirects) * (MAX_OWN_HEAD_BYTES + sent + 3 * body.length) + onTheWire(referred) + own.bytesOut,
      bytesIn: onTheWire(most) + (1 + maxRedirects) * MAX_HEAD_BYTES + READ_AHEAD_BYTES + own.bytesIn,
      storedBytes: Math.max(2 * Math.min(most, maxResponseBytes), most) + MAX_HEAD_BYTES,
    };
  },
  untrusted: true,
  rejections: FETCH_REJECTIONS,
});
