import { isIP } from 'node:net';
import { domainToUnicode } from 'node:url';

/** An address in the one spelling in which policy sees it, DNS is asked and the request is sent. */
export type CanonicalUrl = {
  readonly scheme: 'http' | 'https';
  /** A-labels in lower case without trailing dot, or an IP literal (IPv6 without brackets). */
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
  readonly path: string;
  /** As sent, without the question mark; empty when there is none. */
  readonly query: string;
  readonly queryKeys: readonly string[];
  readonly isIpLiteral: boolean;
  /** The whole address; canonical itself. */
  readonly href: string;
};

export type UrlRefusal =
  | 'URL_TOO_LONG'
  | 'URL_CHARACTER_REFUSED'
  | 'URL_NOT_ABSOLUTE'
  | 'URL_SCHEME_REFUSED'
  | 'URL_USERINFO_REFUSED'
  | 'URL_HOST_INVALID'
  | 'URL_PORT_INVALID'
  | 'URL_PATH_AMBIGUOUS'
  | 'URL_INVALID';
export type CanonicalUrlResult =
  | { readonly ok: true; readonly url: CanonicalUrl }
  | { readonly ok: false; readonly code: UrlRefusal; readonly detail: string };

const MAX_LENGTH = 4096;
const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/** RFC 3986 appendix B: scheme, authority, path, query, fragment. */
const PARTS = /^(?:([^:/?#]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#.*)?$/su;
type RawParts = {
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly path: string;
};

const refuse = (
  code: UrlRefusal,
  detail: string,
): { readonly ok: false; readonly code: UrlRefusal; readonly detail: string } => ({
  ok: false,
  code,
  detail,
});
type Refused = ReturnType<typeof refuse>;

/**
 * The canonical form of an absolute http(s) address, or, with `base`, of a redirect's Location. Parsing follows the WHATWG URL Standard, but
 * whatever two parsers could read differently is refused, not repaired: user information, control characters, spaces, backslashes, encoded
 * slashes, dots and controls in the path, empty path segments, empty or overlong host labels, port 0. The fragment is dropped: it is never sent.
 */
export function canonicalUrl(raw: string, base?: CanonicalUrl): CanonicalUrlResult {
  const parts = splitRaw(raw);
  const refused =
    characterRefusal(raw) ?? schemeRefusal(parts, base) ?? authorityRefusal(parts.authority) ?? pathRefusal(parts.path);
  if (refused) return refused;
  const parsed = URL.parse(raw, base?.href);
  if (!parsed) return refuse('URL_INVALID', 'it cannot be read as an address: check host and port');
  return build(parsed);
}

function splitRaw(raw: string): RawParts {
  const [, scheme, authority, path = ''] = PARTS.exec(raw) ?? [];
  return { scheme, authority, path };
}

function characterRefusal(raw: string): Refused | undefined {
  if (raw.length > MAX_LENGTH) return refuse('URL_TOO_LONG', `it is longer than ${MAX_LENGTH} characters`);
  if (/[\u0000-\u0020\u007f-\u009f\\]/u.test(raw))
    return refuse(
      'URL_CHARACTER_REFUSED',
      'it contains a space, a control character or a backslash: percent-encode it',
    );
  if (/\p{Surrogate}/u.test(raw)) return refuse('URL_CHARACTER_REFUSED', 'it contains half of a surrogate pair');
  return undefined;
}

function schemeRefusal({ scheme, authority }: RawParts, base: CanonicalUrl | undefined): Refused | undefined {
  if (scheme === undefined && base) return undefined;
  if (scheme === undefined || !/^https?$/i.test(scheme))
    return refuse('URL_SCHEME_REFUSED', 'only addresses that start with http:// or https:// are used');
  if (authority === undefined) return refuse('URL_NOT_ABSOLUTE', 'two slashes and a host must follow the scheme');
  return undefined;
}

function authorityRefusal(authority: string | undefined): Refused | undefined {
  if (authority === undefined) return undefined;
  if (authority.includes('@'))
    return refuse('URL_USERINFO_REFUSED', 'it carries a user name or password before the host: leave that out');
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/su.exec(authority) ?? [];
  if (host === '') return refuse('URL_HOST_INVALID', 'it names no host');
  if (port !== undefined && !/^[1-9][0-9]{0,4}$/.test(port))
    return refuse('URL_PORT_INVALID', 'a port is a number from 1 to 65535 without leading zeros');
  return undefined;
}

/** What servers and proxies are known to read in more than one way; see RFC 3986 sections 3.3 and 6.2.2. */
const AMBIGUOUS_PATHS: readonly (readonly [RegExp, string])[] = [
  [/%(?![0-9a-f]{2})/iu, 'a % that is not followed by two hexadecimal digits'],
  [/%(?:2f|5c)/iu, 'an encoded slash or backslash'],
  [/%2e/iu, 'an encoded dot'],
  [/%(?:[01][0-9a-f]|7f)/iu, 'an encoded control character'],
  [/%25[0-9a-f]{2}/iu, 'a percent-encoding that is itself encoded'],
  [/\/\//u, 'an empty segment (two slashes in a row)'],
  [/(?:^|\/)\.{1,2}(?:;|%3b)/iu, 'a dot segment with parameters'],
];

function pathRefusal(path: string): Refused | undefined {
  const found = AMBIGUOUS_PATHS.find(([pattern]) => pattern.test(path));
  return found && refuse('URL_PATH_AMBIGUOUS', `its path contains ${found[1]}, which servers read in different ways`);
}

function build(parsed: URL): CanonicalUrlResult {
  const scheme = parsed.protocol === 'https:' ? 'https' : 'http';
  const host = canonicalHost(parsed.hostname);
  if (host === undefined)
    return refuse('URL_HOST_INVALID', 'its host is not a name of labels with a-z, 0-9, - and _, or an IP address');
  const port = parsed.port === '' ? DEFAULT_PORTS[scheme] : Number(parsed.port);
  const path = canonicalPath(parsed.pathname);
  const query = parsed.search.slice(1);
  const explicitPort = port === DEFAULT_PORTS[scheme] ? '' : `:${port}`;
  const href = `${scheme}://${bracketed(host)}${explicitPort}${path}${query === '' ? '' : `?${query}`}`;
  if (href.length > 2 * MAX_LENGTH) return refuse('URL_TOO_LONG', 'it is too long once percent-encoded');
  const queryKeys = [...new Set(new URLSearchParams(query).keys())].sort();
  return { ok: true, url: { scheme, host, port, path, query, queryKeys, isIpLiteral: isIP(host) !== 0, href } };
}

/** RFC 1035 lengths; letters, digits, hyphen (RFC 5890 A-labels) and the underscore that real names use. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** The host as WHATWG parsed it, without its one trailing dot, or undefined when it is not a name we would ask DNS for. */
function canonicalHost(hostname: string): string | undefined {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  const host = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  if (host.length > 253 || !host.split('.').every(isLabel)) return undefined;
  return host;
}

/** An A-label must decode (RFC 5891 section 5.4); Node hands back unchanged what does not. */
const isLabel = (label: string): boolean =>
  LABEL.test(label) && !(label.startsWith('xn--') && domainToUnicode(label) === label);

/** RFC 3986 section 6.2.2: upper-case encodings, and no encoding of what needs none, so that one path has one spelling. */
function canonicalPath(path: string): string {
  return path.replace(/%[0-9a-f]{2}/giu, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return /[a-z0-9_~-]/i.test(character) ? character : encoded.toUpperCase();
  });
}

/** A host as it stands in an address: IPv6 literals in brackets. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
