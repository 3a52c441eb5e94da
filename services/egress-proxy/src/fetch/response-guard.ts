import { stop, type Stop } from './fetch-stop.ts';

/** Head of an answer: names in lower case, repeated fields joined as RFC 9110 section 5.3 says. */
export type ResponseHead = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly headerCount: number;
};

const MAX_HEADERS = 64;
const MAX_VALUE = 1024;
/** What the caller gets to see. Cookies, links, alternative services and refreshes would act on a client: they end here. */
const SHOWN = [
  'cache-control',
  'content-language',
  'content-type',
  'date',
  'etag',
  'expires',
  'last-modified',
  'location',
  'retry-after',
];

/** The head of an answer from raw header fields (name, value, name, value, …). */
export function headOf(status: number, rawHeaders: readonly string[]): ResponseHead {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    const value = rawHeaders[index + 1]!;
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return { status, headers, headerCount: rawHeaders.length / 2 };
}

/** What makes an answer unacceptable before its body is read. */
export function headStop(head: ResponseHead, maxBodyBytes: number): Stop | undefined {
  const { status, headers, headerCount } = head;
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const announced = Number(headers['content-length'] ?? 0);
  const checks: readonly (readonly [boolean, Stop])[] = [
    [status < 200 || status > 599, refusal(`it answered with status ${status}`)],
    [
      headerCount > MAX_HEADERS,
      refusal(`its answer has ${headerCount} header fields; at most ${MAX_HEADERS} are taken`),
    ],
    [encoding !== 'identity', refusal(`it packed its answer (${encoding.slice(0, 64)}) although it was asked not to`)],
    [announced > maxBodyBytes, stop('RESPONSE_TOO_LARGE', 'exchange', tooLarge(status, maxBodyBytes))],
  ];
  return checks.find(([wrong]) => wrong)?.[1];
}

export const tooLarge = (status: number, maxBytes: number): string =>
  `the destination answered with status ${status}, but with more than the ${maxBytes} bytes that may come in`;

const refusal = (detail: string): Stop =>
  stop('UPSTREAM_PROTOCOL_REFUSED', 'exchange', `the destination is not one we read from: ${detail}`);

/** The header fields that the caller gets. */
export function shownHeaders(headers: ResponseHead['headers']): Record<string, string> {
  return Object.fromEntries(
    SHOWN.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name].slice(0, MAX_VALUE)]])),
  );
}

/** The media type without parameters, in lower case. */
export function mediaTypeOf(headers: ResponseHead['headers']): string | undefined {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  return type !== undefined && /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(type) ? type : undefined;
}
