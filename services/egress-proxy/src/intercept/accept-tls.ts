import type { Socket } from 'node:net';
import { createServer, type SecureContext, type TLSSocket } from 'node:tls';
import { FetchStopped } from '../fetch/fetch-stop.ts';
import { AUTHORITY_URL } from './authority-url.ts';
import { ENDED, tunnelRefused } from './first-hello.ts';

export type Accepting = {
  /** Paused, with the ClientHello still to be read. */
  readonly socket: Socket;
  readonly context: SecureContext;
  readonly host: string;
  readonly signal: AbortSignal;
  /** How long it may take, in ms. */
  readonly withinMs: number;
};

/**
 * Finishes the TLS handshake of a client as the server of this host: TLS 1.2 or newer, HTTP/1.1 and no other protocol, nothing before the handshake is
 * over (no early data), no certificate of the client's. Throws FetchStopped TUNNEL_REFUSED when that does not come about, as when the client does not
 * trust the authority.
 */
export function acceptTls({ socket, context, host, signal, withinMs }: Accepting): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const refuse = (why: string): void => reject(new FetchStopped(tunnelRefused(`${why}; ${TRUST}`)));
  const server = createServer({
    ...{ minVersion: 'TLSv1.2', requestCert: false, ALPNProtocols: ['http/1.1'], handshakeTimeout: withinMs },
    SNICallback: (name, done) => (name.toLowerCase() === host ? done(null, context) : done(otherHost(name))),
  });
  const onAbort = (): void => reject(new FetchStopped(ENDED));
  const onClose = (): void => refuse('a handshake that was given up');
  server.on('tlsClientError', ({ code }: NodeJS.ErrnoException) =>
    refuse(`a handshake that failed (${code ?? 'TLS'})`),
  );
  server.on('secureConnection', resolve);
  socket.once('close', onClose);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  // As with any server of TLS: a client that closes its side has given up.
  socket.allowHalfOpen = false;
  server.emit('connection', socket);
  return promise.finally(() => {
    socket.off('close', onClose);
    signal.removeEventListener('abort', onAbort);
  });
}

const TRUST = `a client has to trust the certificate of its run (${AUTHORITY_URL}, by way of the proxy)`;

const otherHost = (name: string): Error => new Error(`the handshake is for ${name}`);
