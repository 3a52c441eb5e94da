import { connect } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { SITE_NAME } from './addresses.ts';
import type { Known } from './attempt.ts';
import { connectLines, requestFor, send } from './proxy-client.ts';

/** Bytes of the bodies that a client sent and took; what more there is on the wire is heads and TLS. */
export type Moved = { readonly requests: number; readonly sent: number; readonly taken: number };

const known = JSON.parse(process.argv[2] ?? '{}') as Known;
const IN_FLIGHT = 8;

async function plain(path: string, size: number): Promise<Moved> {
  const method = size > 0 ? 'POST' : 'GET';
  const more = size > 0 ? ['Content-Type: text/plain', `Content-Length: ${size}`] : [];
  const text = await send(
    known.proxyPort,
    requestFor(`http://${SITE_NAME}${path}`, known, { method, more, body: 'y'.repeat(size) }),
  );
  const isOwn = text.toLowerCase().includes('\r\nproxy-status:');
  return { requests: 1, sent: size, taken: isOwn ? 0 : bodyLength(text) };
}

const bodyLength = (text: string): number => text.length - (text.indexOf('\r\n\r\n') + 4);

/** TLS to the site, in a tunnel. */
async function tlsToSite(): Promise<TLSSocket> {
  const authority = `${SITE_NAME}:443`;
  const socket = connect(known.proxyPort, '127.0.0.1');
  socket.write(connectLines(authority, known));
  const opened = await new Promise<string>((resolve) =>
    socket.once('data', (chunk) => resolve(chunk.toString('latin1'))),
  );
  if (!opened.startsWith('HTTP/1.1 200')) throw new Error(opened);
  return connectTls({ socket, servername: SITE_NAME, ca: known.authority, ALPNProtocols: ['http/1.1'] });
}

async function secret(path: string, size: number): Promise<Moved> {
  const tls = await tlsToSite();
  const head = [`POST ${path} HTTP/1.1`, `Host: ${SITE_NAME}`, `Content-Length: ${size}`, 'Connection: close'];
  tls.write(`${head.join('\r\n')}\r\n\r\n${'z'.repeat(size)}`);
  let text = '';
  for await (const chunk of tls as AsyncIterable<Buffer>) text += chunk.toString('latin1');
  return { requests: 1, sent: size, taken: bodyLength(text) };
}

/** Leaves as soon as something of the answer has come. */
async function leaving(size: number): Promise<Moved> {
  const tls = await tlsToSite();
  tls.write(`GET /?bytes=${size} HTTP/1.1\r\nHost: ${SITE_NAME}\r\n\r\n`);
  const taken = await new Promise<number>((resolve) => tls.once('data', (chunk) => resolve(bodyLength(String(chunk)))));
  tls.destroy();
  return { requests: 1, sent: 0, taken };
}

const REDIRECT = `/?to=${encodeURIComponent('http://169.254.169.254/')}`;
const WHOLE: readonly (() => Promise<Moved>)[] = [
  ...[0, 1, 100, 1_460, 65_536, 200_000].flatMap((size) =>
    Array.from({ length: 4 }, () => () => plain(`/?bytes=${size}`, 0)),
  ),
  ...[1, 1_000, 60_000].flatMap((size) => Array.from({ length: 4 }, () => () => plain('/', size))),
  ...Array.from({ length: 4 }, () => () => plain(REDIRECT, 0)),
  ...[0, 10_000, 3_000_000].flatMap((size) => Array.from({ length: 3 }, () => () => secret(`/?bytes=${size}`, 10))),
  ...[100_000, 2_000_000].flatMap((size) => Array.from({ length: 3 }, () => () => secret('/?bytes=2', size))),
];

const CUT: readonly (() => Promise<Moved>)[] = Array.from({ length: 10 }, () => () => leaving(3_000_000));

const jobs = [...(process.argv[3] === 'cut' ? CUT : WHOLE)];
const moved: Moved[] = [];
const worker = async (): Promise<void> => {
  for (let job = jobs.shift(); job; job = jobs.shift()) moved.push(await job());
};
await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
const sum = (name: keyof Moved): number => moved.reduce((total, one) => total + one[name], 0);
process.stdout.write(JSON.stringify({ requests: sum('requests'), sent: sum('sent'), taken: sum('taken') }));
