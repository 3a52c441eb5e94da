import { z } from 'zod';
import { Actor } from './actor.ts';
import { Json } from './json.ts';
import type { Rejection } from './rejection.ts';

/**
 * What travels in the body of a request on the bus, around the contract's data. `id` makes the request idempotent: the same id again is
 * the same request. `correlationId` is the run or session it belongs to.
 */
export const RequestEnvelope = z.strictObject({
  id: z.string().min(1).max(128),
  actor: Actor,
  correlationId: z.string().max(128).optional(),
  traceparent: z.string().max(128).optional(),
  data: z.unknown(),
});
export type RequestEnvelope = z.infer<typeof RequestEnvelope>;
export type RequestMeta = Omit<RequestEnvelope, 'data'>;

/** What travels back: the reply, or a rejection. */
export type ReplyEnvelope<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly rejection: Rejection };

/** An event as the ledger recorded it, in the words that services use. */
export const RecordedEvent = z.strictObject({
  /** Place in the one order of the log; the first is 0, and there are no gaps. */
  position: z.int().min(0),
  id: z.uuid(),
  stream: z.string(),
  /** Place within the stream; the first is 1. */
  version: z.int().min(1),
  type: z.string(),
  schema: z.int().min(1),
  /** When the ledger recorded it, ISO 8601 in UTC. */
  time: z.string(),
  actor: Actor,
  correlationId: z.string().optional(),
  causationId: z.string().optional(),
  /** The run id when the event belongs to a run, else the id of its own stream. */
  scope: z.string(),
  data: Json.optional(),
  /** Its erasable members were erased: placeholders stand in their place. */
  erased: z.literal(true).optional(),
  /** Chain value after this event, hexadecimal; the next event's `previousChain` equals it. */
  chain: z.string(),
  previousChain: z.string(),
});
export type RecordedEvent = z.infer<typeof RecordedEvent>;

/**
 * An audit message: a CloudEvents 1.0 event in structured JSON mode. Extension attributes carry what the ledger knows; their names are
 * lower-case letters and digits as CloudEvents wants.
 */
export const CloudEvent = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  data: Json.optional(),
  /** Present when erasable members of the data were erased and placeholders stand in their place. */
  erased: z.literal(true).optional(),
  position: z.int().min(0),
  stream: z.string(),
  streamversion: z.int().min(1),
  schemaversion: z.int().min(1),
  actorkind: z.string(),
  actorid: z.string(),
  correlationid: z.string().optional(),
  causationid: z.string().optional(),
  chain: z.string(),
  previouschain: z.string(),
  traceparent: z.string().optional(),
});
export type CloudEvent = z.infer<typeof CloudEvent>;

/** Type prefix of CloudEvents that Causeway emits: reverse-DNS as the specification recommends. */
const TYPE_PREFIX = 'dev.causeway.';

/** The audit message of a recorded event; `origin` names the log. */
export function toCloudEvent(event: RecordedEvent, origin: string): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: origin,
    type: TYPE_PREFIX + event.type,
    subject: event.scope,
    time: event.time,
    datacontenttype: 'application/json',
    ...(event.data === undefined ? {} : { data: event.data }),
    ...(event.erased ? { erased: true } : {}),
    position: event.position,
    stream: event.stream,
    streamversion: event.version,
    schemaversion: event.schema,
    actorkind: event.actor.kind,
    actorid: event.actor.id,
    ...(event.correlationId ? { correlationid: event.correlationId } : {}),
    ...(event.causationId ? { causationid: event.causationId } : {}),
    chain: event.chain,
    previouschain: event.previousChain,
  };
}

/** The recorded event of an audit message: the inverse of {@link toCloudEvent}. */
export function fromCloudEvent(message: CloudEvent): RecordedEvent {
  return {
    position: message.position,
    id: message.id,
    stream: message.stream,
    version: message.streamversion,
    type: message.type.startsWith(TYPE_PREFIX) ? message.type.slice(TYPE_PREFIX.length) : message.type,
    schema: message.schemaversion,
    time: message.time,
    actor: { kind: message.actorkind as Actor['kind'], id: message.actorid },
    ...(message.correlationid ? { correlationId: message.correlationid } : {}),
    ...(message.causationid ? { causationId: message.causationid } : {}),
    scope: message.subject,
    ...(message.data === undefined ? {} : { data: message.data }),
    ...(message.erased ? { erased: true } : {}),
    chain: message.chain,
    previousChain: message.previouschain,
  };
}
