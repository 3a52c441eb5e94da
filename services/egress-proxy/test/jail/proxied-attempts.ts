import { CANARY, FRONT_NAME, REBINDING_NAME, SITE_NAME } from './addresses.ts';
import type { Attempt } from './attempt.ts';
import {
  codeIn,
  connectLines,
  get,
  relayWithoutCredential,
  requestFor,
  sayIn,
  send,
  tlsIn,
  tunnel,
  type RequestLines,
} from './proxy-client.ts';

/** A page of a host that the proxy must not ask for. */
const page = (name: string, host: string, lines?: RequestLines): Attempt => ({
  name,
  make: (mark, known) => get(`http://${host}/${mark}`, known, lines),
});

/** A page of a host that policy allows, asked for in a way that must not get through. */
const front = (name: string, linesOf: (url: string) => RequestLines): Attempt => ({
  name,
  make: (mark, known) => {
    const url = `http://${FRONT_NAME}/${mark}`;
    return get(url, known, linesOf(url));
  },
});

const ADDRESSES: readonly Attempt[] = [
  page('literal', CANARY.v4),
  page('literal-decimal', '16909060'),
  page('literal-octal', '01.02.03.04'),
  page('literal-v6', `[${CANARY.v6}]`),
  page('metadata', CANARY.metadata),
  page('metadata-hexadecimal', '0xa9fea9fe'),
  page('metadata-mapped', '[::ffff:a9fe:a9fe]'),
  page('metadata-by-name', 'metadata.example.com'),
  page('private-by-name', 'private.example.com'),
  page('mixed-answers', 'mixed.example.com'),
  page('own-machine', '127.0.0.1'),
  page('user-information', `${SITE_NAME}@${CANARY.v4}`),
  page('backslash', `${CANARY.v4}\\@${SITE_NAME}`),
  {
    name: 'rebinding',
    make: async (mark, known) => {
      const url = `http://${REBINDING_NAME}/${mark}`;
      return `${await get(url, known)}, then ${await get(url, known)}`;
    },
  },
  {
    name: 'redirect-to-metadata',
    make: (mark, known) =>
      get(`http://${SITE_NAME}/?to=${encodeURIComponent(`http://${CANARY.metadata}/${mark}`)}`, known),
  },
];

const REQUESTS: readonly Attempt[] = [
  front('websocket-upgrade', () => ({ more: ['Upgrade: websocket', 'Sec-WebSocket-Version: 13'] })),
  front('udp-upgrade', () => ({ more: ['Upgrade: connect-udp', 'Capsule-Protocol: ?1'] })),
  front('other-host', () => ({ host: FRONT_NAME, more: ['Host: evil.example.com'] })),
  front('host-is-another', () => ({ host: 'evil.example.com' })),
  front('origin-form', (url) => ({ target: new URL(url).pathname })),
  front('two-lengths', () => ({
    method: 'POST',
    more: ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    body: '0\r\n\r\n',
  })),
  front('other-scheme', (url) => ({ target: url.replace('http:', 'gopher:') })),
  front('no-credential', () => ({ credential: undefined })),
];

const FOREIGN: readonly Attempt[] = (['otherRun', 'guessed', 'revoked'] as const).map((whose) => ({
  name: `credential-${whose}`,
  make: (mark, known) => get(`http://${FRONT_NAME}/${mark}`, known, { credential: known.foreign[whose] }),
}));

const NAMES: readonly Attempt[] = [
  { name: 'dns-denied', make: (mark, known) => get(`http://${mark}.leak.example.com/`, known) },
  {
    name: 'dns-under-wildcard',
    make: (mark, known) => get(`http://${Buffer.from(mark).toString('hex')}.wild.example.com/`, known),
  },
];

const inTunnel = (name: string, bytesOf: (mark: string) => string): Attempt => ({
  name,
  make: (mark, known) => tunnel(`${FRONT_NAME}:443`, known, sayIn(bytesOf(mark))),
});

const tunnelTo = (name: string, authority: string): Attempt => ({
  name,
  make: (mark, known) => tunnel(authority, known, tlsIn(`${mark}.example.com`, 'http/1.1')),
});

const TUNNELS: readonly Attempt[] = [
  tunnelTo('tunnel-to-literal', `${CANARY.v4}:443`),
  tunnelTo('tunnel-to-metadata', `${CANARY.metadata}:443`),
  tunnelTo('tunnel-to-private', 'private.example.com:443'),
  tunnelTo('tunnel-to-other-port', `${FRONT_NAME}:25`),
  tunnelTo('sni-of-another', `${FRONT_NAME}:443`),
  { name: 'sni-missing', make: (mark, known) => tunnel(`${FRONT_NAME}:443`, known, tlsIn('', mark)) },
  inTunnel('http-in-tunnel', (mark) => `GET /${mark} HTTP/1.1\r\nHost: ${FRONT_NAME}\r\n\r\n`),
  inTunnel('ssh-in-tunnel', (mark) => `SSH-2.0-${mark}\r\n`),
  inTunnel('tunnel-in-tunnel', (mark) => `CONNECT ${mark}.example.com:443 HTTP/1.1\r\n\r\n`),
  {
    name: 'bytes-before-the-tunnel',
    make: async (mark, known) =>
      codeIn(await send(known.proxyPort, `${connectLines(`${FRONT_NAME}:443`, known)}${mark}\r\n`)),
  },
  {
    name: 'relayed-tunnel',
    make: (mark, known) =>
      relayWithoutCredential(known, (proxyPort) =>
        tunnel(`${FRONT_NAME}:443`, { ...known, proxyPort }, tlsIn(FRONT_NAME, mark)),
      ),
  },
  {
    name: 'relayed-page',
    make: (mark, known) =>
      relayWithoutCredential(known, async (port) =>
        codeIn(await send(port, requestFor(`http://${FRONT_NAME}/${mark}`, known))),
      ),
  },
];

/** Ways out that ask the proxy for what it must not do. */
export const PROXIED: readonly Attempt[] = [...ADDRESSES, ...REQUESTS, ...FOREIGN, ...NAMES, ...TUNNELS];

/** What the proxy is there for. */
export const ALLOWED: readonly Attempt[] = [
  { name: 'allowed-page', make: (_mark, known) => get(`http://${SITE_NAME}/`, known) },
  {
    name: 'allowed-tunnel',
    make: (_mark, known) => tunnel(`${SITE_NAME}:443`, known, tlsIn(SITE_NAME, 'http/1.1', known.authority)),
  },
];
