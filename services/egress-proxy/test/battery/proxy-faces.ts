import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { AUTHORITY_URL } from '../../src/intercept/authority-url.ts';
import { rawInside } from '../intercepted.features.ts';
import { connectVia, proxied, raw, tlsIn, viaProxy, AUTH, type Proxied, type ProxiedOptions } from '../proxied.ts';
import type { Face } from './battery.ts';
import type { Ground } from './ground.ts';
import { PATHS_HOST, type Attempt } from './sets.ts';

export type ProxyFace = Face & { readonly close: () => Promise<void> };

/** For requests that announce a body which never comes. */
const PATIENCE_MS = 2_000;

const behind = ({ policy, resolve, dial, authorities }: Ground, more: ProxiedOptions = {}): Promise<Proxied> =>
  proxied({ policy, resolve, dial, authorities, ...more });

/** Attempts in absolute form, as an attacker writes them on the wire: whatever bytes the address has stand in the request line. */
export async function absoluteFace(at: Ground): Promise<ProxyFace> {
  const made = await behind(at);
  const send = following(async ({ url, headers }) => {
    const request = requestFor(url, { Host: hostIn(url), ...AUTH, ...headers });
    return raw(made.port, request, PATIENCE_MS).catch(() => '');
  });
  return { send, close: made.close };
}

/** Attempts as tunnels: to the host and port of each address, and then TLS's first bytes are left to the proxy to miss. */
export async function connectFace(at: Ground): Promise<ProxyFace> {
  const made = await behind(at);
  const send: Face['send'] = async ({ url }) => {
    const tunnelled = await tunnelTo(made, authorityIn(url));
    if (typeof tunnelled === 'string') return tunnelled;
    await ended(tunnelled.end('GET / HTTP/1.1\r\n\r\n'));
    tunnelled.destroy();
    return 'TUNNEL';
  };
  return { send, close: made.close };
}

/**
 * Attempts inside of tunnels that are looked into: to the host and port of each address, and then, in TLS that trusts the run's authority, path and query
 * as they are written, in origin form. An address without a host is asked of the site that the lists of paths are for, as it stands.
 */
export async function insideFace(at: Ground): Promise<ProxyFace> {
  const made = await behind(at, { tunnelResolve: at.resolveFirst });
  const secureContext = createSecureContext({ ca: (await viaProxy(made.port, AUTHORITY_URL)).body });
  const send = following(async ({ url, headers }) => {
    const { authority, target } = placeOf(url);
    const tunnelled = await tunnelTo(made, authority);
    if (typeof tunnelled === 'string') return { code: tunnelled };
    const servername = new URL(`https://${authority}`).hostname.replace(/\.$/, '');
    const tls = await tlsIn(tunnelled, { servername, secureContext }).catch(() => undefined);
    if (!tls) return { code: 'NO_TLS' };
    return rawInside(tls, requestFor(target, { Host: authority, ...headers }), PATIENCE_MS);
  });
  return {
    send,
    mayBeAnswered: ({ url }) => at.sites.includes(placeOf(url).authority),
    takeDecidedInside: () => made.steps.splice(0).filter(({ input }) => input['tunnel'] !== undefined).length,
    close: made.close,
  };
}

/** A tunnel that stands, or the code of the refusal. */
async function tunnelTo({ port }: Proxied, authority: string): Promise<Socket | string> {
  const tunnelled = await connectVia(port, asBytes(authority)).catch(() => undefined);
  if (tunnelled?.reply.status === 200) return tunnelled.socket;
  tunnelled?.socket.destroy();
  return tunnelled?.reply.code ?? 'NOT_HTTP';
}

type Sent = Pick<Attempt, 'url' | 'headers'>;
/** Everything that came back, or the code of what kept the request from being sent. */
type Answer = string | { readonly code: string };

/** Follows redirects as a client would: by way of the proxy again. */
function following(ask: (sent: Sent) => Promise<Answer>): Face['send'] {
  const send = async (sent: Sent, hops: number): Promise<string> => {
    const answer = await ask(sent);
    if (typeof answer !== 'string') return answer.code;
    const [, location] = /^location: (.*)\r$/im.exec(answer) ?? [];
    if (statusOf(answer) !== 302 || location === undefined || hops === 2) return codeIn(answer);
    const next = Buffer.from(location, 'latin1').toString('utf8');
    return send({ url: URL.parse(next, sent.url)?.href ?? next }, hops + 1);
  };
  return (sent) => send(sent, 0);
}

function requestFor(target: string, headers: Readonly<Record<string, string>>): string {
  const fields = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  return asBytes(`GET ${target} HTTP/1.1\r\n${fields.join('')}\r\n`);
}

const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => void socket.resume().once('close', () => resolve()));

/** UTF-8, in the characters that stand for its bytes. */
const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const partsOf = (url: string): readonly string[] | null => /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)(.*)$/is.exec(url);
const hostIn = (url: string): string => partsOf(url)?.[1] ?? PATHS_HOST;

function authorityIn(url: string): string {
  const authority = hostIn(url);
  const port = /^https:/i.test(url) ? 443 : 80;
  return /:[0-9]+$/.test(authority) ? authority : `${authority}:${port}`;
}

function placeOf(url: string): { readonly authority: string; readonly target: string } {
  const [, , rest] = partsOf(url) ?? [];
  if (rest === undefined) return { authority: `${PATHS_HOST}:443`, target: url };
  return { authority: authorityIn(url), target: /^($|[?#])/.test(rest) ? `/${rest}` : rest };
}

const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);

/** The code of a refusal of the proxy's own, `ok` for an answer of a destination. */
function codeIn(text: string): string {
  const own = /^proxy-status: .*details="([A-Z_]+)"\r$/im.exec(text)?.[1];
  if (own !== undefined) return own;
  return statusOf(text) >= 200 && statusOf(text) < 400 ? 'ok' : 'NOT_HTTP';
}
