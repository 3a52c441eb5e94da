import type { IncomingMessage } from 'node:http';
import { bracketed, canonicalUrl, type CanonicalUrl } from '@causeway/policy';
import { isLoop } from '../guards/loop-guard.ts';
import { isSendable } from '../fetch/request-guard.ts';

/** A request as it came over the wire. `rawHeaders`: name, value, name, value, … */
export type RawRequest = {
  readonly method: string;
  readonly target: string;
  /** `1.1`, `1.0`, … */
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
};

/** A request as Node's parser gives it. */
export const rawOf = ({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): RawRequest => ({
  ...{ method, target: url, httpVersion, rawHeaders },
});

/** The values of a field, in the order in which they came. `name` in lower case. */
export const valuesOf = ({ rawHeaders }: Pick<RawRequest, 'rawHeaders'>, name: string): readonly string[] =>
  rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);

const MAX_FIELDS = 64;
const MAX_VALUE = 1024;
/** Fields that may be there once at most: two readers could take two different ones. */
const SINGLE = ['host', 'content-length', 'transfer-encoding', 'content-type', 'proxy-authorization'];

/** What is wrong with the fields of a request, whatever it asks for; undefined when nothing is. RFC 9112 sections 3.2 and 6, RFC 9110 section 7. */
export function fieldProblem(raw: RawRequest): string | undefined {
  const double = SINGLE.find((name) => valuesOf(raw, name).length > 1);
  const coding = valuesOf(raw, 'transfer-encoding')[0]?.trim().toLowerCase();
  const checks: readonly (readonly [boolean, string])[] = [
    [raw.rawHeaders.length / 2 > MAX_FIELDS, `it has more than ${MAX_FIELDS} header fields`],
    [double !== undefined, `the header field ${double} is there twice`],
    [coding !== undefined && coding !== 'chunked', 'its transfer encoding is not chunked alone'],
    [
      coding !== undefined && valuesOf(raw, 'content-length').length > 0,
      'it has a length and a transfer encoding, which servers read in different ways',
    ],
    [valuesOf(raw, 'upgrade').length > 0, 'it wants to switch protocols: only HTTP/1.1 goes through'],
    [valuesOf(raw, 'via').some(isLoop), 'it came from this proxy: sent on, it would go in a circle'],
    [sendable(raw).some(([, value]) => value.length > MAX_VALUE), `a header has more than ${MAX_VALUE} characters`],
  ];
  return checks.find(([wrong]) => wrong)?.[1];
}

/**
 * What is wrong with a request in absolute form (RFC 9112 section 3.2.2). The Host field has to name the same host and port as the target: whoever reads
 * only one of them must not be led elsewhere.
 */
export function forwardProblem(raw: RawRequest): string | undefined {
  if (raw.httpVersion !== '1.1') return `it speaks HTTP/${raw.httpVersion}; only HTTP/1.1 is forwarded`;
  const found = fieldProblem(raw);
  if (found !== undefined) return found;
  const read = canonicalUrl(raw.target);
  if (!read.ok) return `the address is not used: ${read.detail}`;
  return hostProblem(raw, read.url);
}

export type Authority = { readonly host: string; readonly port: number };
const AUTHORITY = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):([1-9][0-9]{0,4})$/;

/** Host and port of a CONNECT target (RFC 9110 section 9.3.6): both are there and nothing else is. Undefined for anything else. */
export function authorityOf(target: string): Authority | undefined {
  const [, name, port] = AUTHORITY.exec(target) ?? [];
  if (name === undefined) return undefined;
  const read = canonicalUrl(`https://${name}:${port}/`);
  return read.ok ? { host: read.url.host, port: read.url.port } : undefined;
}

/** What is wrong with a request for a tunnel. Clients that speak HTTP/1.0 to proxies send no Host; if there is one, it names the target. */
export function tunnelProblem(raw: RawRequest): string | undefined {
  if (!['1.0', '1.1'].includes(raw.httpVersion)) return `it speaks HTTP/${raw.httpVersion}; tunnels take HTTP/1.1`;
  const found = fieldProblem(raw);
  if (found !== undefined) return found;
  const authority = authorityOf(raw.target);
  if (!authority) return 'the target of CONNECT must be a host and a port, such as example.com:443';
  if (valuesOf(raw, 'transfer-encoding').length > 0 || Number(valuesOf(raw, 'content-length')[0] ?? 0) !== 0)
    return 'a request for a tunnel has no body';
  const read = canonicalUrl(`https://${bracketed(authority.host)}:${authority.port}/`);
  return read.ok ? hostProblem(raw, read.url) : read.detail;
}

function hostProblem(raw: RawRequest, { scheme, host, port }: CanonicalUrl): string | undefined {
  const [named] = valuesOf(raw, 'host');
  if (named === undefined) return raw.httpVersion === '1.0' ? undefined : 'it has no Host';
  const read = canonicalUrl(`${scheme}://${named}/`);
  const isSame = read.ok && read.url.host === host && read.url.port === port && read.url.path === '/';
  return isSame && !/[/?#@]/.test(named) ? undefined : 'its Host is not the host and port of its target';
}

/** The headers that would go out: those that a fetch may have, without what the Connection field keeps to this connection. */
export function sendableHeaders(raw: RawRequest): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of sendable(raw)) headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  return headers;
}

function sendable(raw: RawRequest): readonly (readonly [string, string])[] {
  const ownToHop = valuesOf(raw, 'connection').flatMap((value) =>
    value.split(',').map((name) => name.trim().toLowerCase()),
  );
  return raw.rawHeaders.flatMap((value, index) => {
    const name = raw.rawHeaders[index - 1]?.toLowerCase() ?? '';
    return index % 2 === 1 && isSendable(name) && !ownToHop.includes(name) ? [[name, value] as const] : [];
  });
}
