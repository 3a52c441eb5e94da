import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { TunnelEnd } from '@causeway/contracts';
import { SERVER_OPTIONS } from '../proxy/server-options.ts';
import { NOT_HTTP, writeRefusal } from '../proxy/answers.ts';

/** What comes through one connection. */
export type Inner = {
  /** Answers one request; resolves once it is answered. Rejects, having said why, when it cannot: the connection is then closed. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Told of what came that is no request to be answered. */
  readonly malformed: (problem: string) => void;
};

export type InnerConnections = {
  /** Takes requests off a connection until it is over; resolves to what ended it. */
  readonly serve: (socket: TLSSocket, inner: Inner) => Promise<TunnelEnd>;
};

/** How long a whole request may take to come, from the end of the one before it, in ms: idle connections end as well. */
const REQUEST_MS = 30_000;
/** How many requests may wait for their turn: whoever sends more without reading answers only fills memory. */
const MAX_WAITING = 16;

/**
 * Reads requests off connections that are already there, with the parser and the limits of the forward proxy's own port. Those of one connection are
 * answered one after the other.
 */
export function innerConnections(requestMs = REQUEST_MS): InnerConnections {
  const served = new WeakMap<Duplex, Served>();
  const server: Server = createServer({ ...SERVER_OPTIONS, keepAliveTimeout: 0 });
  server.maxHeadersCount = 0;
  server.on('request', (request, response) => served.get(request.socket)?.request(request, response));
  // A connection within the connection would be one that nobody looks into.
  server.on('connect', (_request, socket) => served.get(socket)?.refuse('it asks for a tunnel within the tunnel'));
  server.on('clientError', ({ code }: NodeJS.ErrnoException, socket) => {
    if (code?.startsWith('HPE_')) served.get(socket)?.refuse('it is not a request that HTTP/1.1 has');
    else socket.destroy();
  });
  return {
    serve: (socket, inner) => {
      const { promise, resolve } = Promise.withResolvers<TunnelEnd>();
      served.set(socket, servedBy(socket, { inner, requestMs, over: resolve }));
      socket.once('close', () => resolve('client'));
      if (socket.destroyed) resolve('client');
      server.emit('connection', socket);
      return promise;
    },
  };
}

type Served = {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly refuse: (problem: string) => void;
};
type Serving = { readonly inner: Inner; readonly requestMs: number; readonly over: (endedBy: TunnelEnd) => void };

function servedBy(socket: TLSSocket, { inner, requestMs, over }: Serving): Served {
  /** Over once the last request, and the one before it, are answered. */
  let turn: Promise<void> = Promise.resolve();
  let turnBefore = turn;
  let last: IncomingMessage | undefined;
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = (): void => {
    over('time');
    socket.destroy();
  };
  const expectNext = (): void => {
    clearTimeout(timer);
    timer = setTimeout(late, requestMs);
  };
  socket.once('close', () => clearTimeout(timer));
  expectNext();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrived = (): void => clearTimeout(timer);
    request.once('end', arrived);
    try {
      await inner.answer(request, response);
    } catch {
      socket.destroy();
    }
    // What was not read of it is thrown away later, and ends then: that is not the next request.
    request.off('end', arrived);
    waiting--;
    if (!socket.destroyed) expectNext();
  }

  function refuse(problem: string): void {
    inner.malformed(problem);
    // Not before the answers to what came earlier: it would be taken for one of them. A request that is cut off by it is not answered otherwise.
    const earlier = last === undefined || last.complete ? turn : turnBefore;
    void earlier.then(() => writeRefusal(socket, NOT_HTTP));
  }

  return {
    refuse,
    request: (request, response) => {
      waiting++;
      if (waiting > MAX_WAITING) return void socket.destroy();
      last = request;
      turnBefore = turn;
      turn = turn.then(() => answer(request, response));
    },
  };
}
