import type { Socket } from 'node:net';
import { connectVia, proxied, raw, AUTH, type Proxied } from '../proxied.ts';
import type { Face } from './battery.ts';
import type { Ground } from './ground.ts';

export type ProxyFace = Face & { readonly close: () => Promise<void> };

/** For requests that announce a body which never comes. */
const PATIENCE_MS = 2_000;

const behind = ({ policy, resolve, dial }: Ground): Promise<Proxied> => proxied({ policy, resolve, dial });

/**
 * Attempts in absolute form, as an attacker writes them on the wire: whatever bytes the address has stand in the request line. A redirect is followed
 * as a client would, through the proxy again.
 */
export async function absoluteFace(at: Ground): Promise<ProxyFace> {
  const made = await behind(at);
  const send = async (url: string, headers: Readonly<Record<string, string>> = {}, hops = 0): Promise<string> => {
    const fields = Object.entries({ Host: hostIn(url), ...AUTH, ...headers, Connection: 'close' });
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const text = await raw(made.port, `GET ${asBytes(url)} HTTP/1.1\r\n${asBytes(lines)}\r\n`, PATIENCE_MS).catch(
      () => '',
    );
    const [, location] = /^location: (.*)\r$/im.exec(text) ?? [];
    if (statusOf(text) === 302 && location !== undefined && hops < 2) return redirected(url, location, hops);
    return codeIn(text);
  };
  const redirected = (url: string, location: string, hops: number): Promise<string> => {
    const next = Buffer.from(location, 'latin1').toString('utf8');
    return send(URL.canParse(next, url) ? new URL(next, url).href : next, {}, hops + 1);
  };
  return { send: ({ url, headers }) => send(url, headers), close: made.close };
}

/** Attempts as tunnels: to the host and port of each address, and then TLS's first bytes are left to the proxy to miss. */
export async function connectFace(at: Ground): Promise<ProxyFace> {
  const made = await behind(at);
  const send: Face['send'] = async ({ url }) => {
    const tunnelled = await connectVia(made.port, asBytes(authorityIn(url))).catch(() => undefined);
    if (!tunnelled) return 'NOT_HTTP';
    const { reply, socket } = tunnelled;
    const isOpen = reply.status === 200;
    if (isOpen) await ended(socket.end('GET / HTTP/1.1\r\n\r\n'));
    socket.destroy();
    return isOpen ? 'TUNNEL' : (reply.code ?? 'NOT_HTTP');
  };
  return { send, close: made.close };
}

const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => void socket.resume().once('close', () => resolve()));

/** UTF-8, in the characters that stand for its bytes. */
const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const hostIn = (url: string): string => /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)/i.exec(url)?.[1] ?? 'allowed.example.org';

function authorityIn(url: string): string {
  const authority = hostIn(url);
  const port = /^https:/i.test(url) ? 443 : 80;
  return /:[0-9]+$/.test(authority) ? authority : `${authority}:${port}`;
}

const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);

/** The code of a refusal of the proxy's own, `ok` for an answer of a destination. */
function codeIn(text: string): string {
  const own = /^proxy-status: .*details="([A-Z_]+)"\r$/im.exec(text)?.[1];
  if (own !== undefined) return own;
  return statusOf(text) >= 200 && statusOf(text) < 400 ? 'ok' : 'NOT_HTTP';
}
