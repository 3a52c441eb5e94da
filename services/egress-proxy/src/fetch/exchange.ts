import { bracketed } from '@causeway/policy';
import { Readable } from 'node:stream';
import { Client } from 'undici';
import type { Inject } from '../secrets/inject.ts';
import { flowMeter, flowStop, type FlowLimits } from '../guards/flow-guard.ts';
import { wireStop } from '../guards/wire-guard.ts';
import type { Dial, Dialled, DialTarget } from './dial.ts';
import { FetchStopped, stop, type Stop } from './fetch-stop.ts';
import type { Hop } from './redirect.ts';
import { outgoingHeaders } from './request-guard.ts';
import { headOf, tooLarge, type ResponseHead } from './response-guard.ts';
import { unlessAborted } from './unless-aborted.ts';

export type ExchangeOptions = {
  readonly ip: string;
  readonly authorities: readonly string[] | undefined;
  readonly maxBodyBytes: number;
  /** Most bytes that may come over the wire in all; left out, what a body of that size can take. */
  readonly maxWireBytes?: number | undefined;
  /** Where a body goes, from its first byte on, once it has more than so many; left out, it is always given back. */
  readonly overflow?: Overflow | undefined;
  readonly flow: FlowLimits;
  readonly dial: Dial;
  readonly signal: AbortSignal;
  /** What is sent in the end: asked once the other end has proved who it is, since it may hold a secret. Left out: what the request has. */
  readonly fieldsOf?: Inject;
  /** Looks at each piece of the body as it comes; throws to refuse it. */
  readonly onBytes?: (chunk: Uint8Array) => void;
  /** Looks at the head before the body is read; throws to refuse it. `leave`: the body is of no interest. */
  readonly onHead: (head: ResponseHead) => 'read' | 'leave';
  /** Told once the request may have begun to leave. */
  readonly onSending: () => void;
  /** Told at the end, whatever it was, what went over the wire. */
  readonly onMetered: (wire: { readonly bytesIn: number; readonly bytesOut: number }) => void;
};

/** The next bytes are not read before those that were given are taken. */
export type Overflow = {
  readonly afterBytes: number;
  readonly take: (bytes: Uint8Array, head: ResponseHead) => Promise<void>;
};

/** `body` is empty when it went elsewhere. */
export type Exchanged = { readonly head: ResponseHead; readonly body: Uint8Array };

const FLOW_LOOK_MS = 200;
const MAX_HEADER_BYTES = 16_384;
/** What framing, headers and TLS may add to a body; more is somebody wasting our line. */
const WIRE_OVERHEAD_BYTES = 65_536;

/**
 * One HTTP/1.1 request on a connection of its own to a checked address. Nothing is pooled, retried, unpacked or followed. Throws FetchStopped.
 */
export async function exchange(hop: Hop, options: ExchangeOptions): Promise<Exchanged> {
  const { url, method, headers, body } = hop;
  const connection: Connection = {};
  const flow = watchWire(connection, options);
  const signal = AbortSignal.any([options.signal, flow.signal]);
  const client = new Client(`${url.scheme}://${bracketed(url.host)}:${url.port}`, {
    allowH2: false,
    pipelining: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, callback) => queueMicrotask(() => callback(null, connected(connection))),
  });
  const phase: { head?: ResponseHead } = {};
  try {
    await connect(connection, { ...options, signal, host: url.host, port: url.port, scheme: url.scheme });
    flow.begin();
    const fields = options.fieldsOf?.({ method, url, headers, body, inPieces: hop.inPieces }) ?? headers;
    options.onSending();
    const answer = await client.request({
      path: targetOf(url),
      method: method as 'GET' | 'HEAD' | 'POST',
      headers: { ...outgoingHeaders(fields), ...lengthOf(hop) },
      body: bodyOf(hop),
      signal,
      responseHeaders: 'raw',
    });
    answer.body.on('error', () => {});
    const head = headOf(answer.statusCode, answer.headers as unknown as readonly string[]);
    phase.head = head;
    if (options.onHead(head) === 'leave') return { head, body: new Uint8Array() };
    const overflow = options.overflow && { ...options.overflow, take: flow.outOfSight(options.overflow.take) };
    return { head, body: await readBody(answer.body, head, { ...options, overflow, signal }) };
  } catch (error) {
    throw asStopped(flow.signal.aborted ? flow.signal.reason : error, { ...phase, wire: connection.dialled?.wire });
  } finally {
    flow.end();
    hangUp(connection, options);
    await client.destroy().catch(() => {});
  }
}

const targetOf = ({ path, query }: Hop['url']): string => (query === '' ? path : `${path}?${query}`);

/** A body that leaves piece by piece is sent with its length, so that a half of it is never taken for the whole; else in chunks, which say their end. */
const lengthOf = ({ inPieces }: Hop): Record<string, string> =>
  inPieces?.sizeBytes === undefined ? {} : { 'content-length': String(inPieces.sizeBytes) };

const bodyOf = ({ body, inPieces }: Hop): Readable | NonNullable<Hop['body']> | null =>
  inPieces ? Readable.from(inPieces.pieces(), { objectMode: false, highWaterMark: 65_536 }) : (body ?? null);

type Connection = { dialled?: Dialled; readBefore?: number };
type BodyOptions = Pick<ExchangeOptions, 'maxBodyBytes' | 'overflow' | 'onBytes' | 'signal'>;

/** Before anything of the request is made, so that no secret is put together for somebody who is not there or not who they should be. */
async function connect(connection: Connection, target: DialTarget & { readonly dial: Dial }): Promise<void> {
  connection.dialled = await target.dial(target);
  connection.readBefore = connection.dialled.wire.bytesRead;
}

function hangUp({ dialled }: Connection, { onMetered }: ExchangeOptions): void {
  if (!dialled) return;
  const { socket, wire } = dialled;
  onMetered({ bytesIn: wire.bytesRead, bytesOut: wire.bytesWritten });
  socket.destroy();
  wire.destroy();
}

function connected({ dialled }: Connection): Dialled['socket'] {
  if (!dialled) throw new Error('a request is made before there is a connection');
  return dialled.socket;
}

type WireLimits = Pick<ExchangeOptions, 'flow' | 'maxBodyBytes' | 'maxWireBytes'>;

/** Looks at the wire with whatever comes, and again and again; the signal is aborted, with a FetchStopped, once too much comes or too little moves. */
function watchWire(connection: Connection, { flow, maxBodyBytes, maxWireBytes = Number.MAX_SAFE_INTEGER }: WireLimits) {
  const controller = new AbortController();
  const meter = flowMeter();
  let isTaken = true;
  const most = Math.min(maxWireBytes, 2 * maxBodyBytes + WIRE_OVERHEAD_BYTES);
  const end = (found: Stop | undefined): void => {
    if (found) controller.abort(new FetchStopped(found));
  };
  const look = () => {
    const wire = connection.dialled?.wire;
    if (!wire) return;
    end(
      wireStop(wire.bytesRead, most) ??
        flowStop(meter.measure(wire, isTaken && isAnswering(connection), performance.now()), flow),
    );
  };
  const timer = setInterval(look, Math.min(FLOW_LOOK_MS, Math.max(1, flow.graceMs)));
  return {
    signal: controller.signal,
    end: () => clearInterval(timer),
    /** What is not taken cannot come: while somebody takes their time, the destination is not the one who is slow. */
    outOfSight:
      (take: Overflow['take']): Overflow['take'] =>
      async (bytes, head) => {
        isTaken = false;
        await take(bytes, head).finally(() => (isTaken = true));
      },
    begin: () =>
      connection.dialled?.socket.on('readable', () => end(wireStop(connection.dialled!.wire.bytesRead, most))),
  };
}

/** For TLS the handshake was read before the request left. */
const isAnswering = ({ dialled, readBefore = 0 }: Connection): boolean => (dialled?.wire.bytesRead ?? 0) > readBefore;

async function readBody(
  body: AsyncIterable<Uint8Array>,
  head: ResponseHead,
  { maxBodyBytes: maxBytes, overflow, signal, onBytes }: BodyOptions,
): Promise<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    onBytes?.(chunk);
    sizeBytes += chunk.length;
    chunks.push(chunk);
    if (sizeBytes > maxBytes)
      throw new FetchStopped(stop('RESPONSE_TOO_LARGE', 'body', tooLarge(head.status, maxBytes)));
    if (overflow === undefined || sizeBytes <= overflow.afterBytes) continue;
    const taken = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    chunks = [];
    // Whoever takes the bytes may never be ready for more.
    await unlessAborted(overflow.take(taken, head), signal);
  }
  return Buffer.concat(chunks);
}

type Reached = { readonly head?: ResponseHead; readonly wire: { readonly bytesRead: number } | undefined };

/** What an error of the client says about the destination, told by codes and by how far the exchange had come. */
function asStopped(error: unknown, { head, wire }: Reached): FetchStopped {
  if (error instanceof FetchStopped) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const isHalfAnswer = head === undefined && wire !== undefined && wire.bytesRead > 0;
  const found =
    isHalfAnswer || isMalformed(code)
      ? stop(
          'UPSTREAM_PROTOCOL_REFUSED',
          'exchange',
          `what came back is not an HTTP/1.1 answer that is taken (${code})`,
        )
      : stop('UPSTREAM_UNREACHABLE', head ? 'body' : 'exchange', `the connection broke (${code})`);
  return new FetchStopped(found, { cause: error });
}

/** Codes of undici and of its parser for an answer that breaks the rules of HTTP. */
const isMalformed = (code: string): boolean =>
  code.startsWith('HPE_') || ['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'].includes(code);
