import { z } from 'zod';
import { defineCapability } from '../capability.ts';
import { Sha256Hex } from '../ids.ts';
import { subjectOf } from '../subjects.ts';
import { FETCH_REJECTIONS, onTheWire, READ_AHEAD_BYTES } from './capabilities.ts';
import { isIntercepted } from './intercepted.ts';
import { ownCallsReserve } from './own-calls.ts';

const owner = 'egress-proxy';

/** One listener of the forward proxy, for as long as its process lives: one token of a subject. */
export const ListenerId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,95}$/, 'must be the id of a listener');
/** A connection, or a request on one, that waits at a listener until its step is decided. */
export const ConnectionId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits');

const waiting = {
  listener: ListenerId,
  connection: ConnectionId,
  /** What the listener found wrong with the request as it came over the wire. Policy refuses whatever has this. */
  problem: z.string().max(512).optional(),
};

/** A request that a process sent to the forward proxy in absolute form (RFC 9112 section 3.2.2), as it would be sent on. */
export const ForwardInput = z.strictObject({
  ...waiting,
  method: z.string().max(32),
  url: z.string().max(4096),
  headers: z.record(z.string().max(64), z.string().max(1024)).default({}),
  bodyBytes: z.int().min(0).default(0),
  bodySha256: Sha256Hex.optional(),
  /** The body is passed on while it comes in: nobody knows its digest yet, and its size only where `bodyBytes` is more than 0. */
  bodyStreamed: z.literal(true).optional(),
  /** The tunnel that it came through, where that is looked into. */
  tunnel: ConnectionId.optional(),
});
export type ForwardInput = z.infer<typeof ForwardInput>;

export const ForwardResult = z.strictObject({
  status: z.int().min(200).max(599),
  contentType: z.string().optional(),
  sizeBytes: z.int().min(0),
  sha256: z.string(),
});
export type ForwardResult = z.infer<typeof ForwardResult>;

/** A tunnel that a process asked for with CONNECT (RFC 9110 section 9.3.6). */
export const TunnelInput = z.strictObject({
  ...waiting,
  host: z.string().max(512),
  port: z.int().min(0).max(65_535),
});
export type TunnelInput = z.infer<typeof TunnelInput>;

/** Who or what ended a tunnel. */
export const TunnelEnd = z.enum(['client', 'destination', 'time', 'bytes']);
export type TunnelEnd = z.infer<typeof TunnelEnd>;

export const TunnelResult = z.strictObject({ endedBy: TunnelEnd });
export type TunnelResult = z.infer<typeof TunnelResult>;

const FORWARD_REJECTIONS = [...FETCH_REJECTIONS, 'CONNECTION_GONE'] as const;
export const TUNNEL_REJECTIONS = [...FORWARD_REJECTIONS, 'TUNNEL_REFUSED'] as const;

const MAX_HEAD_BYTES = 16_384;
const MAX_OWN_HEAD_BYTES = 1_024;

/** A request of a process that knows only the forward proxy: decided, charged and sealed as a fetch is. */
export const networkForward = defineCapability({
  id: 'network.forward',
  version: '1',
  owner,
  title: 'Forward an HTTP request',
  description:
    'A request that waits at the forward proxy, in absolute form. Redirects go back to whoever asked, and are decided again.',
  input: ForwardInput,
  result: ForwardResult,
  effectRules: { rules: [{ field: 'method', in: ['GET', 'HEAD'], effect: 'reads' }], otherwise: 'writes' },
  failsWhen: { field: 'status', atLeast: 400, detail: 'the destination answered with status {value}' },
  decisive: ['method', 'url', 'bodySha256'],
  reserves: ({ url, headers, bodyBytes, bodyStreamed }, bounds) => {
    const { maxResponseBytes, forwardBytesIn = 0, forwardBytesOut = 0, ownCalls } = bounds;
    const sent = [url, ...Object.entries(headers).flat()].reduce((bytes, text) => bytes + 3 * text.length + 4, 0);
    const own = ownCallsReserve(ownCalls);
    const body = bodyStreamed && bodyBytes === 0 ? forwardBytesOut : bodyBytes;
    const most = Math.max(maxResponseBytes, forwardBytesIn);
    return {
      bytesOut: MAX_OWN_HEAD_BYTES + sent + onTheWire(body) + own.bytesOut,
      bytesIn: onTheWire(most) + MAX_HEAD_BYTES + READ_AHEAD_BYTES + own.bytesIn,
    };
  },
  lastsMs: ({ timeoutMs, forwardMs = 0 }) => Math.max(timeoutMs, forwardMs),
  untrusted: true,
  rejections: FORWARD_REJECTIONS,
});

/** A tunnel for TLS to one host, metered and bounded. What goes through it is not seen, so it counts as a write. */
export const networkTunnel = defineCapability({
  id: 'network.tunnel',
  version: '1',
  owner,
  title: 'Tunnel TLS to a host',
  description:
    'A connection that waits at the forward proxy with CONNECT. Only TLS that names the same host goes through, until the time or the bytes are used.',
  input: TunnelInput,
  result: TunnelResult,
  effectRules: { rules: [], otherwise: 'writes' },
  decisive: ['host', 'port'],
  // What goes through a tunnel that is looked into is charged request by request.
  reserves: ({ host }, { tunnelBytesOut, tunnelBytesIn, intercept = [] }) =>
    isIntercepted(host, intercept) ? { bytesOut: 0, bytesIn: 0 } : { bytesOut: tunnelBytesOut, bytesIn: tunnelBytesIn },
  lastsMs: ({ tunnelMs }) => tunnelMs,
  untrusted: false,
  rejections: TUNNEL_REJECTIONS,
});

/**
 * A call for a connection that waits at another replica, handed to that replica. The listener is the last token of the subject, so nobody answers
 * once it is gone.
 */
export const forwardAt = (listener: string): (typeof networkForward)['call'] => ({
  ...networkForward.call,
  ...at(networkForward.id, listener),
});
/** {@link forwardAt}, for tunnels. */
export const tunnelAt = (listener: string): (typeof networkTunnel)['call'] => ({
  ...networkTunnel.call,
  ...at(networkTunnel.id, listener),
});

const at = (capability: string, listener: string) => ({
  kind: 'command' as const,
  subject: subjectOf({ kind: 'listener', capability, listener }),
});
