import type { StepGrant, TunnelEnd } from '@causeway/contracts';
import type { CanonicalUrl } from '@causeway/policy';
import type { Socket } from 'node:net';
import { FetchStopped, halt, stop, type Stop } from '../fetch/fetch-stop.ts';
import { checkedAddress, ruling, withoutQuery, type Governed } from '../fetch/pipeline.ts';
import type { Trace } from '../fetch/trace.ts';
import { helloGate } from './hello-gate.ts';

/** A client's connection that asked for a tunnel, and what it sent behind its request. */
export type TunnelClient = {
  readonly socket: Socket;
  readonly head: Uint8Array;
  /** Tells the client that the tunnel stands. */
  readonly open: () => void;
};

export type TunnelCall = {
  readonly grant: StepGrant;
  readonly url: CanonicalUrl;
  readonly client: TunnelClient;
  /** Aborted when the call has to end: too late, or stopped. */
  readonly signal: AbortSignal;
};

export type TunnelLimits = { readonly bytesIn: number; readonly bytesOut: number; readonly helloMs: number };
export type TunnelOver = { readonly endedBy: TunnelEnd };

/** How long one side may take to end after the other did. */
const LINGER_MS = 5_000;

/**
 * Holds one tunnel: policy, DNS, address classes, the dialled address, the first bytes, and then whatever comes, within time and bytes. The order is
 * that of a fetch, with the same guards. Throws FetchStopped while the tunnel does not stand; after that, resolves to what ended it.
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
  const { host, port } = url;
  const { wire } = await outside.dial({ ip, host, port, scheme: 'http', authorities: undefined, signal });
  const limits = {
    bytesIn: grant.reserved?.bytesIn ?? egress.tunnelBytesIn,
    bytesOut: grant.reserved?.bytesOut ?? egress.tunnelBytesOut,
    helloMs: egress.flowGraceMs,
  };
  try {
    client.open();
    return await joined({ client, wire, host, signal, limits, trace });
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

type Joint = {
  readonly client: TunnelClient;
  readonly wire: Socket;
  readonly host: string;
  readonly signal: AbortSignal;
  readonly limits: TunnelLimits;
  readonly trace: Trace;
};

/** Carries bytes both ways until somebody ends it. */
function joined({ client: { socket, head }, wire, host, signal, limits, trace }: Joint): Promise<TunnelOver> {
  const gate = helloGate(host);
  const meter = { in: 0, out: 0 };
  const { promise, resolve, reject } = Promise.withResolvers<TunnelOver>();
  let lingering: NodeJS.Timeout | undefined;
  let endedBy: TunnelEnd | undefined;

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
    const passed = gate.fromClient(chunk);
    if (passed.refused !== undefined) return refuse(passed.refused);
    out(passed.pass);
    // What comes behind the hello is left with the client until the destination has answered.
    if (!gate.isOpen() && trace.sent) socket.pause();
    if (trace.sent) clearTimeout(helloTimer);
  }

  function fromDestination(chunk: Uint8Array): void {
    meter.in += chunk.length;
    if (meter.in > limits.bytesIn) return cut('bytes');
    if (!gate.isOpen()) {
      const passed = gate.fromDestination(chunk);
      if (passed.refused !== undefined) return refuse(passed.refused);
      out(passed.pass);
      socket.resume();
    }
    if (!socket.write(chunk)) wire.pause();
  }

  const helloTimer = setTimeout(() => refuse('nothing, in time'), limits.helloMs);
  const abort = (): void => reject(new FetchStopped(stop('UPSTREAM_TIMEOUT', 'exchange', 'the tunnel was ended')));
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  wire.on('data', fromDestination);
  wire.on('drain', () => {
    if (gate.isOpen()) socket.resume();
  });
  wire.on('end', () => finish('destination', socket));
  wire.on('error', () => socket.end());
  wire.on('close', () => finish('destination', socket));
  socket.on('drain', () => wire.resume());
  socket.on('end', () => (trace.sent ? finish('client', wire) : refuse('nothing')));
  socket.on('error', () => wire.end());
  socket.on('close', () => finish('client', wire));
  if (socket.destroyed) cut('client');
  if (socket.readableEnded) refuse('nothing');
  if (head.length > 0) fromClient(head);
  socket.on('data', fromClient);
  return promise.finally(() => {
    clearTimeout(helloTimer);
    clearTimeout(lingering);
    signal.removeEventListener('abort', abort);
  });
}
