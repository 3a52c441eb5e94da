import type { Socket } from 'node:net';
import { FetchStopped, stop, type Stop } from '../fetch/fetch-stop.ts';
import { readClientHello } from '../proxy/client-hello.ts';
import { helloProblem } from '../proxy/hello-gate.ts';

export type Beginning = {
  /** Paused. */
  readonly socket: Socket;
  /** What came already. */
  readonly head: Uint8Array;
  readonly host: string;
  readonly signal: AbortSignal;
  /** How long it may take, in ms. */
  readonly withinMs: number;
};

/** What a tunnel's first bytes are: TLS for this host; something else, and why; or too few to tell. */
export function beginningOf(
  bytes: Uint8Array,
  host: string,
): { readonly kind: 'tls' | 'more' | 'refused'; readonly why?: string } {
  const read = readClientHello(bytes);
  if (read.kind !== 'hello') return read;
  const why = helloProblem(read.hello, host);
  return why === undefined ? { kind: 'tls' } : { kind: 'refused', why };
}

/**
 * Waits for a ClientHello that names the host in the open, and leaves every byte with the socket, paused, for whoever speaks TLS on it. Throws
 * FetchStopped TUNNEL_REFUSED for anything else, and when it does not come in time.
 */
export function firstHello({ socket, head, host, signal, withinMs }: Beginning): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let bytes = Buffer.from(head);
  const refuse = (why: string): void => reject(new FetchStopped(tunnelRefused(why)));

  function look(): void {
    const { kind, why = 'not TLS' } = beginningOf(bytes, host);
    if (kind === 'refused') refuse(why);
    if (kind === 'tls') resolve();
  }
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    look();
  };
  const onEnd = (): void => refuse('nothing');
  const onAbort = (): void => reject(new FetchStopped(ENDED));
  const timer = setTimeout(() => refuse('nothing, in time'), withinMs);
  socket.on('data', onData).on('end', onEnd).on('close', onEnd);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  if (socket.readableEnded || socket.destroyed) onEnd();
  look();
  return promise
    .then(() => {
      socket.pause();
      socket.off('data', onData);
      socket.unshift(bytes);
    })
    .finally(() => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      signal.removeEventListener('abort', onAbort);
    });
}

/** The tunnel was ended from outside; whoever ended it knows why. */
export const ENDED = stop('UPSTREAM_TIMEOUT', 'tls', 'the tunnel was ended');

export const tunnelRefused = (why: string): Stop => ({
  ...{ code: 'TUNNEL_REFUSED', stage: 'tls' },
  detail: `what came through the tunnel: ${why}`,
});
