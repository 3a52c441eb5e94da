import { isIntercepted, type StepGrant, type TunnelEnd } from '@causeway/contracts';
import type { CanonicalUrl } from '@causeway/policy';
import type { SpentBuffers } from '@causeway/service-kit';
import type { Socket } from 'node:net';
import { FetchStopped, halt, stop, type Stop } from '../fetch/fetch-stop.ts';
import { checkedAddress, ruling, type Governed } from '../fetch/outside.ts';
import { withoutQuery } from '../fetch/request-out.ts';
import type { Trace } from '../fetch/trace.ts';
import type { Inner } from '../intercept/inner-connections.ts';
import type { Interceptor } from '../intercept/interceptor.ts';
import { helloGate } from './hello-gate.ts';

/** A client's connection that asked for a tunnel, and what it sent behind its request. */
export type TunnelClient = {
  readonly socket: Socket;
  readonly head: Uint8Array;
  /** Tells the client that the tunnel stands. */
  readonly open: () => void;
  /** What becomes of requests inside, where the tunnel is looked into. */
  readonly inner: Inner;
};

export type TunnelCall = {
  readonly grant: StepGrant;
  readonly url: CanonicalUrl;
  readonly client: TunnelClient;
  /** Aborted when the call has to end: too late, or stopped. */
  readonly signal: AbortSignal;
  readonly intercept: Interceptor;
};

export type TunnelLimits = { readonly bytesIn: number; readonly bytesOut: number; readonly helloMs: number };
export type TunnelOver = { readonly endedBy: TunnelEnd };

/** What is read of a destination at once, and all that a tunnel holds of what comes from there. */
const INLET_BYTES = 65_536;

/** How long one side may take to end after the other did. */
const LINGER_MS = 5_000;

/**
 * Holds one tunnel: policy, DNS, address classes, the dialled address, the first bytes, and then whatever comes, within time and bytes; or, where it is
 * looked into, request by request, each on its own way out. The order is that of a fetch, with the same guards. Throws FetchStopped while the tunnel does not stand; after that, resolves to what ended it.
 */
export async function holdTunnel(outside: Governed, call: TunnelCall, trace: Trace): Promise<TunnelOver> {
  const { grant, url, client, signal } = call;
  const { egress } = outside.policy.pack;
  trace.url = url;
  const hop: Trace['hops'][number] = { url: withoutQuery(url), rule: '' };
  trace.hops.push(hop);
  const decided = ruling(outside.policy.decideTunnel({ agentId: grant.agentId, url }), grant.rule);
  hop.rule = trace.rule = decided.rule;
  halt(decided.stop);
  halt(literalStop(url));
  const ip = await checkedAddress(outside, { url, ports: egress.tunnelPorts, grant, signal });
  hop.address = ip;
  const { host } = url;
  if (!isIntercepted(host, egress.intercept)) return relayed(outside, { ...call, ip }, trace);
  return call.intercept({ client, runId: grant.runId, host, signal, withinMs: egress.flowGraceMs, trace });
}

/** Lets the bytes through as they are: TLS is the client's own, from end to end. */
async function relayed(
  outside: Governed,
  call: TunnelCall & { readonly ip: string },
  trace: Trace,
): Promise<TunnelOver> {
  const { grant, url, client, signal, ip } = call;
  const { spent } = outside;
  const { egress } = outside.policy.pack;
  const { host, port } = url;
  const inlet: Inlet = { buffer: Buffer.allocUnsafeSlow(INLET_BYTES), take: () => false };
  const into = { buffer: inlet.buffer, take: (bytes: Uint8Array) => inlet.take(bytes) };
  const { wire } = await outside.dial({ ip, host, port, scheme: 'http', authorities: undefined, signal, into });
  const limits = {
    bytesIn: grant.reserved?.bytesIn ?? egress.tunnelBytesIn,
    bytesOut: grant.reserved?.bytesOut ?? egress.tunnelBytesOut,
    helloMs: egress.flowGraceMs,
  };
  try {
    client.open();
    return await joined({ client, wire, inlet, host, signal, spent, limits, trace });
  } finally {
    trace.bytesIn = wire.bytesRead;
    trace.bytesOut = wire.bytesWritten - wire.writableLength;
    wire.destroy();
    client.socket.destroy();
  }
}

/** What is wrong with a tunnel to an address: TLS names hosts, so nothing would say what it is for. */
function literalStop({ isIpLiteral }: CanonicalUrl): Stop | undefined {
  if (!isIpLiteral) return undefined;
  return stop('ADDRESS_REFUSED', 'address', 'a tunnel goes to a host by its name, never to an address');
}

/** Where the destination's bytes come in, and who takes them. */
type Inlet = { readonly buffer: Uint8Array; take: (bytes: Uint8Array) => boolean };

type Joint = {
  readonly client: TunnelClient;
  /** Paused. */
  readonly wire: Socket;
  readonly inlet: Inlet;
  readonly host: string;
  readonly signal: AbortSignal;
  /** Told what the client sent. */
  readonly spent: SpentBuffers;
  readonly limits: TunnelLimits;
  readonly trace: Trace;
};

/** Carries bytes both ways until somebody ends it. */
function joined({
  client: { socket, head },
  wire,
  inlet,
  host,
  signal,
  spent,
  limits,
  trace,
}: Joint): Promise<TunnelOver> {
  const gate = helloGate(host);
  const meter = { in: 0, out: 0 };
  const { promise, resolve, reject } = Promise.withResolvers<TunnelOver>();
  let lingering: NodeJS.Timeout | undefined;
  let endedBy: TunnelEnd | undefined;
  let isWaiting = false;

  const refuse = (detail: string): void =>
    reject(
      new FetchStopped({ code: 'TUNNEL_REFUSED', stage: 'tls', detail: `what came through the tunnel: ${detail}` }),
    );
  const cut = (by: TunnelEnd): void => resolve({ endedBy: by });
  /** What is on its way to the other side still gets there. */
  const finish = (by: TunnelEnd, other: Socket): void => {
    endedBy ??= by;
    other.end();
    const first = endedBy;
    lingering ??= setTimeout(() => cut(first), LINGER_MS);
    if (wire.closed && socket.closed) cut(first);
  };

  function out(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    meter.out += bytes.length;
    if (meter.out > limits.bytesOut) return cut('bytes');
    trace.sent = true;
    if (!wire.write(bytes)) socket.pause();
  }

  function fromClient(chunk: Uint8Array): void {
    spent.add(chunk.length);
    const passed = gate.fromClient(chunk);
    if (passed.refused !== undefined) return refuse(passed.refused);
    out(passed.pass);
    // What comes behind the hello is left with the client until the destination has answered.
    if (!gate.isOpen() && trace.sent) socket.pause();
    if (trace.sent) clearTimeout(helloTimer);
  }

  /** False while the client has not taken the bytes: their place must not be written over. */
  function fromDestination(chunk: Uint8Array): boolean {
    meter.in += chunk.length;
    if (meter.in > limits.bytesIn) {
      cut('bytes');
      return false;
    }
    if (!gate.isOpen()) {
      const passed = gate.fromDestination(chunk);
      if (passed.refused !== undefined) {
        refuse(passed.refused);
        return false;
      }
      out(passed.pass);
      socket.resume();
    }
    socket.write(chunk, taken);
    return !(isWaiting = socket.writableLength > 0);
  }

  function taken(): void {
    if (!isWaiting || socket.writableLength > 0) return;
    isWaiting = false;
    wire.resume();
  }

  const helloTimer = setTimeout(() => refuse('nothing, in time'), limits.helloMs);
  const abort = (): void => reject(new FetchStopped(stop('UPSTREAM_TIMEOUT', 'exchange', 'the tunnel was ended')));
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  inlet.take = fromDestination;
  wire.on('drain', () => {
    if (gate.isOpen()) socket.resume();
  });
  wire.on('end', () => finish('destination', socket));
  wire.on('error', () => socket.end());
  wire.on('close', () => finish('destination', socket));
  socket.on('end', () => (trace.sent ? finish('client', wire) : refuse('nothing')));
  socket.on('error', () => wire.end());
  socket.on('close', () => {
    finish('client', wire);
    // What still comes has nobody to take it: it would fill the kernel's buffers unseen and uncharged.
    if (wire.writableFinished) cut('client');
    else wire.once('finish', () => cut('client'));
  });
  if (socket.destroyed) cut('client');
  if (socket.readableEnded) refuse('nothing');
  if (head.length > 0) fromClient(head);
  socket.on('data', fromClient);
  wire.resume();
  return promise.finally(() => {
    clearTimeout(helloTimer);
    clearTimeout(lingering);
    signal.removeEventListener('abort', abort);
  });
}
