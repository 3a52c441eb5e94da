import type { ComingBody } from '../bodies/passed-body.ts';
import { stop, type Stop } from './fetch-stop.ts';

export type FetchRequest = {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8. */
  readonly body?: string | Uint8Array | undefined;
  /** The resource to send as the body. */
  readonly bodyRef?: string | undefined;
  /** The body, where it is passed on while it comes in. */
  readonly coming?: ComingBody | undefined;
  /** Most bytes that the body of the answer may have, when that is less than policy allows. */
  readonly maxBytes?: number | undefined;
  /** Who asks can do nothing with a body that is kept as a resource. */
  readonly inlineOnly?: true;
};

/** What an agent may say about its request. Everything that authenticates, routes, frames or switches protocols is left out on purpose. */
const SENDABLE = [
  'accept',
  'accept-language',
  'cache-control',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'user-agent',
];
/** Whether a header of this name, in lower case, goes out when an agent gives it. */
export const isSendable = (name: string): boolean => SENDABLE.includes(name);
/** What still goes along to another origin. */
const CROSS_ORIGIN = ['accept', 'accept-language', 'user-agent'];
/** RFC 9110 section 5.5 without obs-text: visible ASCII, space and tab. */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;
const MAX_HEADERS = 16;

/** What is wrong with a request whatever its destination. */
export function requestStop(request: FetchRequest, limits: RequestLimits): Stop | undefined {
  const { headers } = request;
  return (
    methodStop(request) ??
    bodyStop(request, limits.maxRequestBytes) ??
    referenceStop(request, limits) ??
    comingStop(request, limits) ??
    headerStop(headers)
  );
}
type RequestLimits = {
  readonly maxRequestBytes: number;
  readonly maxSentBytes?: number;
  readonly forwardBytesOut?: number | undefined;
};

function methodStop({ method, body, bodyRef, coming }: FetchRequest): Stop | undefined {
  if (!['GET', 'HEAD', 'POST'].includes(method))
    return stop('METHOD_REFUSED', 'request', `only GET, HEAD and POST are sent, not ${method}`);
  if (method !== 'POST' && (body ?? bodyRef ?? coming) !== undefined)
    return stop('METHOD_REFUSED', 'request', `a ${method} request is sent without a body: leave it out, or use POST`);
  return undefined;
}

function bodyStop({ body }: FetchRequest, maxBytes: number): Stop | undefined {
  const sizeBytes = body === undefined ? 0 : Buffer.byteLength(body);
  if (sizeBytes <= maxBytes) return undefined;
  return stop('REQUEST_BODY_TOO_LARGE', 'request', `the body has ${sizeBytes} bytes; policy allows ${maxBytes}`);
}

function referenceStop({ body, bodyRef }: FetchRequest, { maxSentBytes = 0 }: RequestLimits): Stop | undefined {
  if (bodyRef === undefined) return undefined;
  if (body !== undefined) return stop('METHOD_REFUSED', 'request', 'a request has one body: send body or bodyRef');
  if (maxSentBytes > 0) return undefined;
  return stop('REQUEST_BODY_TOO_LARGE', 'request', 'policy lets no resource be sent as a body (egress.maxSentBytes)');
}

/** One that does not say how large it is, is measured on its way. */
function comingStop({ coming }: FetchRequest, { forwardBytesOut = 0 }: RequestLimits): Stop | undefined {
  if (coming === undefined || (coming.sizeBytes ?? 1) <= forwardBytesOut) return undefined;
  const detail = `the body has ${coming.sizeBytes ?? 'an unknown number of'} bytes; policy lets ${forwardBytesOut} be passed on`;
  return stop('REQUEST_BODY_TOO_LARGE', 'request', detail);
}

function headerStop(headers: FetchRequest['headers']): Stop | undefined {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const unknown = names.filter((name) => !SENDABLE.includes(name));
  if (unknown.length > 0)
    return stop(
      'HEADER_REFUSED',
      'request',
      `${unknown.join(', ')} is not sent; headers that are: ${SENDABLE.join(', ')}`,
    );
  if (names.length > MAX_HEADERS || new Set(names).size !== names.length)
    return stop('HEADER_REFUSED', 'request', 'a header is there twice');
  const broken = Object.keys(headers).find((name) => !FIELD_VALUE.test(headers[name] ?? ''));
  return broken === undefined
    ? undefined
    : stop('HEADER_REFUSED', 'request', `the value of ${broken} has characters other than visible ASCII and spaces`);
}

/** The headers that go out: the agent's, in lower case, and our own. `identity`: an answer is measured as it comes, never unpacked. */
export function outgoingHeaders(headers: FetchRequest['headers']): Record<string, string> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { 'user-agent': 'causeway-egress', ...Object.fromEntries(own), 'accept-encoding': 'identity' };
}

/** What is left of the headers when a redirect leads to another origin. */
export function crossOriginHeaders(headers: FetchRequest['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => CROSS_ORIGIN.includes(name.toLowerCase())));
}
