import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { sameAddress } from '@causeway/policy';
import { FetchStopped, stop, type Stage, type Stop } from './fetch-stop.ts';

export type DialTarget = {
  /** The address that was checked. Nothing else is dialled, whatever the host's name resolves to by now. */
  readonly ip: string;
  readonly port: number;
  readonly host: string;
  readonly scheme: 'http' | 'https';
  /** Certificate authorities (PEM) to trust besides Node's own; undefined for none. */
  readonly authorities: readonly string[] | undefined;
  readonly signal: AbortSignal;
  /** For a connection without TLS whose bytes are carried on and not looked at. It is paused; nothing is read before it is resumed. */
  readonly into?: ReadInto;
};

/** Where what comes in is put, again and again, so that carrying bytes leaves no garbage behind. */
export type ReadInto = {
  readonly buffer: Uint8Array;
  /** Handed what came, which the next bytes overwrite. False when they have to wait until the connection is resumed. */
  readonly take: (bytes: Uint8Array) => boolean;
};

export type Dial = (target: DialTarget) => Promise<Dialled>;

/** A connection ready for a request, and the counters of the wire beneath it. */
export type Dialled = { readonly socket: Socket; readonly wire: Socket };

/**
 * Connects to exactly this address; for https, proves that it speaks for the host (TLS 1.2 or newer, HTTP/1.1 only). Throws FetchStopped
 * UPSTREAM_UNREACHABLE or UPSTREAM_TLS_FAILED.
 */
export async function dial(target: DialTarget): Promise<Dialled> {
  const wire = connectTcp({
    ...{ host: target.ip, port: target.port, autoSelectFamily: false, noDelay: true },
    ...(target.into ? { onread: onreadOf(target.into) } : {}),
  });
  if (target.into) wire.pause();
  await ready(wire, target, 'connect');
  const elsewhere = peerStop(wire.remoteAddress, target.ip);
  if (elsewhere) {
    wire.destroy();
    throw new FetchStopped(elsewhere);
  }
  if (target.scheme === 'http') return { socket: wire, wire };
  const socket = connectTls({
    socket: wire,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    // A literal has no server name (RFC 6066 section 3); its certificate is checked against `host` all the same.
    ...(isIP(target.host) === 0 ? { servername: target.host } : { host: target.host }),
    ...(target.authorities ? { ca: [...target.authorities] } : {}),
  });
  await ready(socket, target, 'tls').catch((error: unknown) => {
    wire.destroy();
    throw error;
  });
  return { socket, wire };
}

const onreadOf = ({ buffer, take }: ReadInto): OnReadOpts => ({
  buffer,
  callback: (length, read) => take(length === read.length ? read : read.subarray(0, length)),
});

/** What is wrong with a connection whose other end is not the address that was checked: something on the way changed it. */
export function peerStop(remote: string | undefined, checked: string): Stop | undefined {
  if (sameAddress(remote ?? '', checked)) return undefined;
  return stop('UPSTREAM_UNREACHABLE', 'connect', `connected to ${remote} in place of ${checked}`);
}

function ready(socket: Socket, { signal }: DialTarget, stage: 'connect' | 'tls'): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      signal.removeEventListener('abort', fail);
      socket.removeListener('error', fail);
      socket.removeListener('close', fail);
    };
    const fail = (cause?: unknown) => {
      done();
      socket.on('error', () => {});
      socket.destroy();
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'the connection ended';
      reject(stopped(stage, code, cause));
    };
    socket.once(stage === 'tls' ? 'secureConnect' : 'connect', () => {
      done();
      resolve();
    });
    socket.once('error', fail);
    socket.once('close', fail);
    signal.addEventListener('abort', fail);
    if (signal.aborted) fail();
  });
}

function stopped(stage: Stage, detail: string, cause?: unknown): FetchStopped {
  const code = stage === 'tls' ? 'UPSTREAM_TLS_FAILED' : 'UPSTREAM_UNREACHABLE';
  return new FetchStopped({ code, stage, detail }, { cause });
}
