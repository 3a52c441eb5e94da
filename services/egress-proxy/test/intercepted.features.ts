import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Recorded } from '@causeway/eventing';
import type { destination, Destination } from './destination.ts';
import {
  connectVia,
  proxied,
  replyOf,
  tlsIn,
  viaProxy,
  type Proxied,
  type ProxiedOptions,
  type Reply,
} from './proxied.ts';
import { selfSigned } from '@causeway/testing';
import { serve } from './sites.ts';

export { selfSigned };
export const HOST = 'site.internal';
export const identity = selfSigned(HOST);

export type Looked = Proxied & {
  readonly server: Destination;
  /** Host and port of the site. */
  readonly target: string;
  readonly origin: string;
  /** The certificate of the run's authority, as a process behind the proxy gets it. */
  readonly ca: string;
};

type LookedOptions = ProxiedOptions & {
  /** The secrets of the pack, where they have to know the site's port. */
  readonly secretsAt?: (port: number) => readonly object[];
};

/** A site behind TLS, and a proxy that looks into tunnels to it. */
export async function lookedInto(
  respond: Parameters<typeof destination>[0],
  { egress = {}, secretsAt = () => [], ...options }: LookedOptions = {},
): Promise<Looked> {
  const server = await serve(respond, { ...identity, ALPNProtocols: ['http/1.1'] });
  const made = await proxied({
    ...{ ports: { [HOST]: server.port }, authorities: [identity.cert], secrets: secretsAt(server.port) },
    ...options,
    egress: { intercept: ['*'], ...egress },
  });
  const target = `${HOST}:${server.port}`;
  const { body: ca } = await viaProxy(made.port, 'http://causeway.invalid/ca.pem');
  return { ...made, server, target, origin: `https://${target}`, ca };
}

/** A tunnel with TLS in it, by a client that trusts the run's authority. */
export async function insideOf({ port, target, ca }: Looked, servername = HOST): Promise<TLSSocket> {
  const { socket, reply } = await connectVia(port, target);
  if (reply.status !== 200) throw new Error(`the tunnel was refused: ${reply.body}`);
  return tlsIn(socket, { servername, ca });
}

type Sent = { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string | Buffer };

/** One request through a tunnel of its own; the code of the refusal where the tunnel was not opened. */
export async function viaTunnel(made: Looked, path: string, sent: Sent = {}, at = made.target): Promise<Reply> {
  const { socket, reply } = await connectVia(made.port, at);
  if (reply.status !== 200) return reply;
  const tls = await tlsIn(socket, { servername: at.replace(/:\d+$/, ''), ca: made.ca });
  return ask(tls, at, path, sent);
}

/** One request on a connection inside of a tunnel. */
export function ask(
  tls: TLSSocket,
  host: string,
  path: string,
  { method = 'GET', headers, body }: Sent = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(
      { method, path, createConnection: () => tls, headers: { host, connection: 'keep-alive', ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve(replyOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString())),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/**
 * Bytes inside of a tunnel as they are, and what comes back until it closes.
 * @param endAfterMs when our end is closed; left out: never
 */
export async function rawInside(tls: TLSSocket, text: string, endAfterMs?: number): Promise<string> {
  const chunks: Buffer[] = [];
  tls.on('error', () => {});
  const closed = new Promise<void>((resolve) => void tls.once('close', () => resolve()));
  tls.on('data', (chunk: Buffer) => chunks.push(chunk));
  tls.write(text, 'latin1');
  const end = endAfterMs === undefined ? undefined : setTimeout(() => tls.end(), endAfterMs);
  await closed;
  clearTimeout(end);
  return Buffer.concat(chunks).toString('latin1');
}

type Fact = Recorded & { readonly data: Readonly<Record<string, unknown>> };

/** The fact of the nth grant, once it is there. */
export async function factAt({ ledger, grants }: Proxied, n: number): Promise<Fact> {
  for (;;) {
    const [fact] = await ledger.readStream(grants.at(n)?.callId ?? '', 1);
    if (fact) return fact as Fact;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Loads what makes certificates, which takes its time on a busy machine: for `beforeAll`, so that no test is charged with it. */
export const loadCertificates = (): Promise<unknown> => import('../src/intercept/certificates.ts');
