import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AUTH, proxied, type Proxied, type ProxiedOptions } from './proxied.ts';

export const MIB = 1_048_576;
/** More than the buffers of all connections on the way hold. */
export const LARGE = 64 * MIB;
export const PIECE = Buffer.alloc(65_536, 'large ');
const egress = { forwardBytesIn: 2 * LARGE, forwardBytesOut: 2 * LARGE, timeoutMs: 60_000, flowGraceMs: 60_000 };
export const granted = { byteAllowance: 2 * LARGE };

const closing: (() => unknown)[] = [];
/** Closes everything of the test: for `afterEach`. */
export async function closeBoth(): Promise<void> {
  await Promise.all(closing.splice(0).map((close) => close()));
}

/** The forward proxy, and a site that it may reach. */
export async function behind(respond: RequestListener, options: ProxiedOptions = {}) {
  const server: Server = createServer(respond).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const made = await proxied({
    ...{ grant: granted, ...options },
    egress: { ...egress, ...options.egress },
    ports: { 'site.internal': port },
  });
  closing.push(made.close, () => (server.closeAllConnections(), server.close()));
  return { made, url: `http://site.internal:${port}` };
}

type Sent = { readonly method?: string; readonly headers?: Record<string, string> };
/** A request of which answer and body are handled as they come. */
export function open({ port }: Proxied, url: string, { method = 'GET', headers = {} }: Sent = {}) {
  const host = new URL(url).host;
  const sent = httpRequest({
    host: '127.0.0.1',
    port,
    path: url,
    method,
    agent: false,
    headers: { host, ...AUTH, ...headers },
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => sent.on('response', resolve).on('error', reject));
  answer.catch(() => {});
  sent.on('error', () => {});
  return { sent, answer };
}

/** Reads to the end. */
export async function whole(answer: IncomingMessage): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    hash.update(chunk as Buffer);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** How it ends for whoever reads: as a whole, or broken off. */
export const endOf = (answer: IncomingMessage): Promise<string> =>
  whole(answer).then(
    () => 'whole',
    () => 'broken off',
  );

/** Answers with so many bytes; `sent` tells how many are on their way. */
export async function give(
  response: Parameters<RequestListener>[1],
  bytes: number,
  sent = { bytes: 0 },
): Promise<void> {
  for (; sent.bytes < bytes && !response.destroyed; sent.bytes += PIECE.length)
    if (!response.write(PIECE)) await roomIn(response);
  response.end();
}

/** Resolves when there is room for more, or nobody reads any more. */
export function roomIn(writable: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      writable.off('drain', done).off('close', done);
      resolve();
    };
    writable.on('drain', done).on('close', done);
  });
}

/** Once the fact of the newest call is there. */
export async function factOf({ ledger, grants }: Proxied) {
  for (;;) {
    const [fact] = await ledger.readStream(grants.at(-1)?.callId ?? '', 1);
    if (fact) return fact;
    await sleep(10);
  }
}
