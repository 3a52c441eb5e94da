import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { join } from './relay.ts';
import type { Known } from './attempt.ts';

/** A refusal of the proxy's own is its code; everything else is the status line's number. */
export function codeIn(text: string): string {
  const own = /^proxy-status: .*details="([A-Z_]+)"\r$/im.exec(text)?.[1];
  return own ?? /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? (text === '' ? 'closed' : 'not HTTP');
}

/** Sends bytes to the proxy and takes what comes until the end. */
export function send(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

export type RequestLines = {
  readonly method?: string;
  /** Of the Host field, when it is not the target's. */
  readonly host?: string;
  readonly target?: string;
  readonly credential?: string | undefined;
  readonly more?: readonly string[];
  readonly body?: string;
};

/** A request for this address, in absolute form unless told otherwise, as bytes. */
export function requestFor(url: string, { credential }: Known, lines: RequestLines = {}): string {
  const usual = { method: 'GET', target: url, body: '', more: [], host: hostIn(url), credential };
  const { method, target, body, more, host, credential: shown } = { ...usual, ...lines };
  const auth = shown === undefined ? [] : [`Proxy-Authorization: ${shown}`];
  const fields = [`Host: ${host}`, ...auth, ...more, 'Connection: close'];
  return [`${method} ${target} HTTP/1.1`, ...fields, '', body].join('\r\n');
}

const hostIn = (url: string): string => /^[a-z]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? '';

/** Asks for a page through the proxy; follows one redirect, as clients do. */
export async function get(url: string, known: Known, lines: RequestLines = {}): Promise<string> {
  const text = await send(known.proxyPort, requestFor(url, known, lines));
  const to = /^location: (.*)\r$/im.exec(text)?.[1];
  return codeIn(to === undefined ? text : await send(known.proxyPort, requestFor(to, known)));
}

export const connectLines = (authority: string, { credential }: Known): string =>
  `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: ${credential}\r\n\r\n`;

/** Asks for a tunnel and does something with it; resolves to the refusal, or to what came of it. */
export async function tunnel(
  authority: string,
  known: Known,
  then: (socket: Socket) => Promise<string>,
): Promise<string> {
  const socket = connect(known.proxyPort, '127.0.0.1');
  socket.write(connectLines(authority, known));
  const text = await new Promise<string>((resolve, reject) => {
    socket.once('data', (chunk) => resolve(chunk.toString('latin1')));
    socket.on('error', reject);
    socket.once('close', () => resolve(''));
  });
  const code = codeIn(text);
  const outcome = code === '200' ? await then(socket) : code;
  socket.destroy();
  return outcome;
}

/** Says something in a tunnel; what comes back, or that it was closed. */
export const sayIn =
  (bytes: string) =>
  (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      socket.once('data', (chunk) => resolve(`answered: ${codeIn(chunk.toString('latin1'))}`));
      socket.once('close', () => resolve('closed'));
      socket.write(bytes, 'latin1');
    });

/** TLS in a tunnel, which names this host and, in the open too, this protocol. */
export const tlsIn =
  (servername: string, protocol: string, authority?: string) =>
  (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      const trust = authority === undefined ? { rejectUnauthorized: false } : { ca: authority };
      const tls = connectTls({ socket, servername, ALPNProtocols: [protocol], ...trust });
      tls.once('secureConnect', () => tls.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`));
      tls.once('data', (chunk) => resolve(codeIn(chunk.toString('latin1'))));
      tls.once('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message));
      tls.once('close', () => resolve('closed'));
    });

/** Another process's way to the proxy: it passes on what it is sent, without the credential that it was shown. */
export async function relayWithoutCredential(known: Known, use: (port: number) => Promise<string>): Promise<string> {
  const server = createServer((socket) => {
    socket.once('data', (chunk) => {
      const proxy = connect(known.proxyPort, '127.0.0.1');
      proxy.write(chunk.toString('latin1').replace(/^proxy-authorization: .*\r\n/im, ''), 'latin1');
      join(socket, proxy);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const outcome = await use((server.address() as AddressInfo).port);
  server.close();
  return outcome;
}
