import type { TunnelEnd } from '@causeway/contracts';
import type { Socket } from 'node:net';
import { FetchStopped } from '../fetch/fetch-stop.ts';
import type { Trace } from '../fetch/trace.ts';
import { acceptTls } from './accept-tls.ts';
import { ENDED, firstHello } from './first-hello.ts';
import { innerConnections, type Inner } from './inner-connections.ts';
import type { RunAuthorities } from './run-authorities.ts';

export type Intercepted = {
  readonly client: {
    readonly socket: Socket;
    readonly head: Uint8Array;
    readonly open: () => void;
    /** What becomes of the requests. */
    readonly inner: Inner;
  };
  readonly runId: string;
  readonly host: string;
  /** Aborted when the tunnel has to end: too late, or stopped. */
  readonly signal: AbortSignal;
  /** How long the first bytes, and then the handshake, may take, in ms. */
  readonly withinMs: number;
  readonly trace: Trace;
};

/** Ends the TLS of one tunnel here, and serves the requests in it until it is over; resolves to what ended it. Throws FetchStopped. */
export type Interceptor = (tunnel: Intercepted) => Promise<{ readonly endedBy: TunnelEnd }>;

/** @param authorities whose certificates clients are shown */
export function interceptor(authorities: Pick<RunAuthorities, 'identityFor'>): Interceptor {
  const connections = innerConnections();
  return async ({ client, runId, host, signal, withinMs, trace }) => {
    const { context, certificateSha256 } = await authorities.identityFor(runId, host);
    const seen = { certificateSha256, requests: 0 };
    trace.intercepted = seen;
    const { socket, head, open, inner } = client;
    try {
      open();
      await firstHello({ socket, head, host, signal, withinMs });
      const secure = await acceptTls({ socket, context, host, signal, withinMs });
      const counted: Inner = {
        malformed: inner.malformed,
        answer: (request, response) => {
          seen.requests++;
          trace.sent = true;
          return inner.answer(request, response);
        },
      };
      return { endedBy: await Promise.race([connections.serve(secure, counted), endOf(signal)]) };
    } finally {
      socket.destroy();
    }
  };
}

/** Resolves when a tunnel's time is over, and throws when it was stopped. */
function endOf(signal: AbortSignal): Promise<TunnelEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<TunnelEnd>();
  const end = (): void => {
    const { name } = Object(signal.reason) as { readonly name?: unknown };
    if (name === 'TimeoutError') resolve('time');
    else reject(new FetchStopped(ENDED));
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return promise;
}
