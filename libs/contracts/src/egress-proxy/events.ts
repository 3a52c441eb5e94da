import { z } from 'zod';
import { defineEvents, type EventOf } from '../define.ts';
import { ERASED_TEXT } from '../erasable.ts';
import { CallId, ResourceId, RunId, Sha256Hex, StepId } from '../ids.ts';
import { ModelUsage } from './model.ts';
import { OwnCallsUsed } from './own-calls.ts';
import { PolicyRef } from '../policy-ref.ts';
import { ConnectionId, ListenerId, TunnelEnd } from './forward-capabilities.ts';

/** What an attempt at a forward proxy is told that is no run's. */
export const UNOWNED_CODES = ['CREDENTIAL_MISSING', 'CREDENTIAL_INVALID', 'REQUEST_INVALID'] as const;
export type UnownedCode = (typeof UNOWNED_CODES)[number];

const Hop = z.strictObject({
  url: z.string(),
  address: z.string().optional(),
  rule: z.string(),
  /** The name of the secret that went along, as the policy pack has it. */
  secret: z.string().max(64).optional(),
  status: z.int().optional(),
});
const Intercepted = z.strictObject({ certificateSha256: Sha256Hex, requests: z.int().min(0) });
const call = {
  callId: CallId,
  runId: RunId,
  stepId: StepId,
  method: z.string(),
  scheme: z.string(),
  host: z.string(),
  port: z.int().min(0).max(65_535),
  path: z.string(),
  /** Names only: values of a query may be secret. */
  queryKeys: z.array(z.string()),
  policy: PolicyRef,
  rule: z.string(),
  hops: z.array(Hop),
  bytesIn: z.int().min(0),
  bytesOut: z.int().min(0),
  durationMs: z.int().min(0),
  at: z.iso.datetime(),
  /** Of a model call. */
  usage: ModelUsage.optional(),
  /** Of a tunnel that was looked into: the certificate that its client was shown, and how many requests came through it. */
  intercepted: Intercepted.optional(),
  /** What calls of egress-proxy's own used that this call made necessary: not among its own bytes, and charged with them. */
  ownCalls: OwnCallsUsed.optional(),
  /** Of a call of egress-proxy's own: the call that it was made for, and that it is charged with. */
  madeFor: CallId.optional(),
};

/** Addresses can carry personal data. What became of the call stays: port, method, status, codes, digests, counts. */
const where = {
  host: ERASED_TEXT,
  path: ERASED_TEXT,
  queryKeys: [],
  'hops.*.url': ERASED_TEXT,
  'hops.*.address': undefined,
  'usage.model': ERASED_TEXT,
} as const;

/** One fact per call, refusals included. */
export const egressProxyEvents = defineEvents('egress-proxy', {
  'egress.completed': {
    erasable: where,
    data: z.strictObject({
      ...call,
      status: z.int(),
      contentType: z.string().optional(),
      /** Empty for an answer that is itself a secret: a token that egress-proxy obtained, a value that it read. */
      responseSha256: z.string(),
      responseSizeBytes: z.int().min(0),
      requestSha256: z.string().optional(),
      /** The resource that the body was kept as. */
      bodyResource: ResourceId.optional(),
    }),
  },
  'egress.denied': {
    erasable: { ...where, detail: ERASED_TEXT },
    data: z.strictObject({ ...call, code: z.string(), stage: z.string(), detail: z.string() }),
  },
  /** `sent`: whether any byte of the request may have reached the destination. */
  'egress.failed': {
    erasable: { ...where, detail: ERASED_TEXT },
    data: z.strictObject({ ...call, code: z.string(), stage: z.string(), detail: z.string(), sent: z.boolean() }),
  },
  /** Attempts at a forward proxy that are no run's: how often each code was told in this time. */
  'egress.refused': {
    data: z.strictObject({
      listener: ListenerId,
      counts: z.partialRecord(z.enum(UNOWNED_CODES), z.int().min(1)),
      since: z.iso.datetime(),
      at: z.iso.datetime(),
    }),
  },
  /** A tunnel that is over. Bytes in and out are those of the destination's connection; the client's are told beside. */
  'egress.tunnelled': {
    erasable: where,
    data: z.strictObject({
      ...call,
      connection: ConnectionId,
      endedBy: TunnelEnd,
      clientBytesIn: z.int().min(0),
      clientBytesOut: z.int().min(0),
    }),
  },
});
export type EgressProxyEvent = EventOf<typeof egressProxyEvents>;
/** The fact of one call. */
export type EgressFact = Exclude<EgressProxyEvent, { readonly type: 'egress.refused' }>;
