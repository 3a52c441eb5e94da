import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '@causeway/contracts';

/** How a page of the site answers; `good` is the one that a step should succeed with. */
export type PageKind = 'good' | (typeof HOSTILE_KINDS)[number];

/** What a step that asked for a page must end with. */
export type Verdict = 'succeeded' | ErrorCode;

type Answer = (socket: Socket, n: number) => void | Promise<void>;
type Page = { readonly answer: Answer; readonly verdict: Verdict };

const head = (...lines: readonly string[]): string => `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`;
const PLAIN = 'content-type: text/plain';
const GZIP_OF_NOTHING = Buffer.from('1f8b080000000000000303000000000000000000', 'hex');

const PAGES = {
  good: {
    answer: (socket, n) => void socket.end(`${head(PLAIN, `content-length: ${bodyOf(n).length}`)}${bodyOf(n)}`),
    verdict: 'succeeded',
  },
  dripping: {
    answer: async (socket) => {
      socket.write(head(PLAIN));
      while (!socket.destroyed) {
        socket.write('.');
        await sleep(250);
      }
    },
    verdict: 'UPSTREAM_TIMEOUT',
  },
  silent: { answer: () => {}, verdict: 'UPSTREAM_TIMEOUT' },
  endless: {
    answer: async (socket) => {
      socket.write(head(PLAIN));
      while (!socket.destroyed) if (!socket.write(Buffer.alloc(16_384, 'x'))) await drained(socket);
    },
    verdict: 'RESPONSE_TOO_LARGE',
  },
  tooLong: {
    answer: (socket) => void socket.write(head(PLAIN, 'content-length: 999999999')),
    verdict: 'RESPONSE_TOO_LARGE',
  },
  packed: {
    answer: (socket) => {
      socket.write(head(PLAIN, 'content-encoding: gzip', `content-length: ${GZIP_OF_NOTHING.length}`));
      socket.end(GZIP_OF_NOTHING);
    },
    verdict: 'UPSTREAM_PROTOCOL_REFUSED',
  },
  reset: { answer: (socket) => void socket.resetAndDestroy(), verdict: 'UPSTREAM_UNREACHABLE' },
  cut: {
    answer: (socket) => void socket.end(`${head(PLAIN, 'content-length: 1000')}only this much`),
    verdict: 'UPSTREAM_UNREACHABLE',
  },
  twoLengths: {
    answer: (socket) => void socket.end(`${head('content-length: 2', 'content-length: 3')}abc`),
    verdict: 'UPSTREAM_PROTOCOL_REFUSED',
  },
  garbage: { answer: (socket) => void socket.end('SSH-2.0-OpenSSH_9.2p1\r\n'), verdict: 'UPSTREAM_PROTOCOL_REFUSED' },
  manyHeaders: {
    answer: (socket) => void socket.end(head(...Array.from({ length: 5_000 }, (_, n) => `x-${n}: ${n}`))),
    verdict: 'UPSTREAM_PROTOCOL_REFUSED',
  },
  inward: {
    answer: (socket) =>
      void socket.end(
        'HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/\r\ncontent-length: 0\r\n\r\n',
      ),
    verdict: 'POLICY_DENIED',
  },
  switching: {
    answer: (socket) =>
      void socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    verdict: 'UPSTREAM_PROTOCOL_REFUSED',
  },
} as const satisfies Record<string, Page>;

export const HOSTILE_KINDS = (Object.keys(PAGES) as (keyof typeof PAGES)[]).filter((kind) => kind !== 'good');

export const verdictOf = (kind: PageKind): Verdict => PAGES[kind].verdict;

/** The text of the n-th good page: of a length of its own, up to 8 kB. */
export const bodyOf = (n: number): string => `page ${n}\n`.repeat(1 + (n % 800));

export const pathOf = (kind: PageKind, n: number): string => `/pages/${kind}/${n}`;

export type OddSite = {
  /** Connections that are open at this moment. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
};

/** A site on this machine that answers as the path says. */
export async function startOddSite(port: number): Promise<OddSite> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.once('data', (data) => {
      const [, kind = '', n = ''] = /^GET \/pages\/(\w+)\/(\d+) /.exec(data.toString('latin1')) ?? [];
      const page: Page | undefined = PAGES[kind as PageKind];
      if (page) void page.answer(socket, Number(n));
      else socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
