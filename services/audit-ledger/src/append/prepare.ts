import { hash } from 'node:crypto';
import {
  Actor,
  EVENT_CONTRACTS,
  splitData,
  type Append,
  type EventContract,
  type EventToAppend,
  type ExpectedVersion,
  type Json,
  type Rejection,
  type RequestMeta,
} from '@causeway/contracts';
import { CanonicalJsonError, dataCommitment, inlineDataJson, ledgerJson } from '@causeway/ledger';

/** An event ready to be sealed: all that does not depend on its place in the log. */
export type PreparedEvent = {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly schema: number;
  readonly scope: string;
  readonly actor: Actor;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly data: Json;
  /** Canonical JSON of the leaf's `data` member. */
  readonly leafData: string;
  /** The members that can be erased: kept beside the leaf, which commits to them. */
  readonly beside?: { readonly salt: Uint8Array; readonly bytes: Uint8Array };
};

export type PreparedAppend = {
  readonly appendId: string;
  readonly expectations: readonly { readonly stream: string; readonly expected: ExpectedVersion }[];
  /** In the order of their positions. */
  readonly events: readonly PreparedEvent[];
  /** SHA-256 over everything that the request says happened, in hexadecimal; not over the versions it expects. */
  readonly contentHash: string;
  readonly sizeBytes: number;
};

export type Preparation =
  | { readonly accepted: true; readonly append: PreparedAppend }
  | { readonly accepted: false; readonly rejection: Rejection };

/** What an append says besides its events. */
export type Origination = {
  /** The service that appends, as the bus vouches for it. */
  readonly writer: string;
  readonly meta: RequestMeta;
  /** 32 fresh random bytes for each call. */
  readonly newSalt: () => Uint8Array;
};

/** Most events in one append: it is committed in one piece, and so is a batch. */
export const MAX_EVENTS = 1024;
/** A leaf has at most 65,535 bytes, and what surrounds its data always fits into the rest. */
export const MAX_INLINE_BYTES = 60_000;
/** In base64 and with its leaf this still fits into one message of 1 MB. */
export const MAX_ERASABLE_BYTES = 512 * 1024;
/** What an event takes in a batch besides its data. */
const ENVELOPE_BYTES = 600;

class Refusal extends Error {
  readonly rejection: Rejection;
  constructor(rejection: Rejection) {
    super(rejection.detail);
    this.rejection = rejection;
  }
}

/**
 * Checks an append and does the work that needs no order: canonical forms, commitments, the content's digest. Refuses unknown event types,
 * events that the writer does not own and data that cannot be sealed, naming the field.
 */
export function prepareAppend(request: Append, origination: Origination): Preparation {
  try {
    return { accepted: true, append: prepare(request, origination) };
  } catch (error) {
    if (error instanceof Refusal) return { accepted: false, rejection: error.rejection };
    throw error;
  }
}

function prepare(request: Append, origination: Origination): PreparedAppend {
  const meta = checkMeta(origination.meta);
  const events: PreparedEvent[] = [];
  let content = '';
  let sizeBytes = 0;
  for (const [w, { stream, events: pending }] of request.writes.entries()) {
    for (const [e, event] of pending.entries()) {
      const contract = contractOf(event, origination.writer);
      const data = canonicalData(event, contract, `writes.${w}.events.${e}.data`);
      const prepared = {
        ...identityOf(event, stream, meta),
        ...{ schema: contract.schema, data: event.data },
        ...sealable(contract.type, data, origination.newSalt),
      };
      events.push(prepared);
      content += contentOf(prepared, data);
      sizeBytes += ENVELOPE_BYTES + data.kept.length + data.taken.length;
    }
  }
  checkIds(events);
  return {
    appendId: request.appendId.toLowerCase(),
    expectations: request.writes.map(({ stream, expected }) => ({ stream, expected })),
    events,
    contentHash: hash('sha256', content, 'hex'),
    sizeBytes,
  };
}

function checkMeta({ actor, correlationId }: RequestMeta): Pick<RequestMeta, 'actor' | 'correlationId'> {
  const parsed = Actor.safeParse(actor);
  if (!parsed.success) throw new Refusal({ code: 'REQUEST_INVALID', detail: 'the request names no valid actor' });
  if (correlationId !== undefined && (typeof correlationId !== 'string' || correlationId.length > 128))
    throw new Refusal({ code: 'REQUEST_INVALID', detail: 'the correlation id is no text of at most 128 characters' });
  return { actor: parsed.data, ...(correlationId === undefined ? {} : { correlationId }) };
}

function contractOf({ type }: EventToAppend, writer: string): EventContract {
  const contract = EVENT_CONTRACTS.get(type);
  if (!contract)
    throw new Refusal({ code: 'EVENT_TYPE_UNKNOWN', detail: `there is no event type «${type}»; nothing was appended` });
  if (contract.owner !== writer) {
    throw new Refusal({
      code: 'EVENT_NOT_OWNED',
      detail: `${type} belongs to ${contract.owner}, ${writer} cannot append it; nothing was appended`,
    });
  }
  return contract;
}

/** Canonical JSON of what stands in the leaf, and of what is kept beside it; empty when nothing is. */
type CanonicalData = { readonly kept: string; readonly taken: string };

function canonicalData(event: EventToAppend, { erasable }: EventContract, path: string): CanonicalData {
  try {
    const { kept, taken } = splitData(event.data, erasable);
    return { kept: ledgerJson(kept), taken: taken === undefined ? '' : ledgerJson(taken) };
  } catch (error) {
    if (!(error instanceof CanonicalJsonError)) throw error;
    throw dataInvalid(error.message, [path, ...error.path].join('.'));
  }
}

const dataInvalid = (message: string, path: string): Refusal =>
  new Refusal({
    code: 'EVENT_DATA_INVALID',
    detail: `${path} cannot be sealed: ${message}; nothing was appended`,
    errors: [{ path, message }],
  });

function identityOf(event: EventToAppend, stream: string, meta: Pick<RequestMeta, 'actor' | 'correlationId'>) {
  const correlationId = event.correlationId || meta.correlationId;
  const { causationId } = event;
  if (!(correlationId ?? '').isWellFormed() || !(causationId ?? '').isWellFormed())
    throw new Refusal({ code: 'REQUEST_INVALID', detail: 'a correlation or causation id is not well-formed Unicode' });
  return {
    ...{ id: event.id.toLowerCase(), stream, type: event.type, scope: event.scope ?? stream },
    actor: event.actor ?? meta.actor,
    ...(correlationId ? { correlationId } : {}),
    ...(causationId ? { causationId } : {}),
  };
}

function sealable(type: string, { kept, taken }: CanonicalData, newSalt: () => Uint8Array) {
  checkSize(Buffer.byteLength(kept), MAX_INLINE_BYTES, type);
  if (taken === '') return { leafData: inlineDataJson(kept) };
  const bytes = Buffer.from(taken);
  checkSize(bytes.length, MAX_ERASABLE_BYTES, type);
  const salt = newSalt();
  return { leafData: inlineDataJson(kept, dataCommitment(salt, bytes)), beside: { salt, bytes } };
}

function checkSize(sizeBytes: number, mostBytes: number, type: string): void {
  if (sizeBytes > mostBytes)
    throw dataInvalid(
      `${type} takes at most ${mostBytes} bytes of data, not ${sizeBytes}; store the content and refer to it`,
      'data',
    );
}

type Content = Pick<PreparedEvent, 'id' | 'stream' | 'type' | 'scope' | 'actor'> & {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
};

/**
 * What an event says, as its append's digest takes it in. Canonical JSON has no line breaks, facts are an array and what is beside is an object: the
 * lines cannot be read in any other way.
 */
export function contentOf(event: Content, { kept, taken }: CanonicalData): string {
  const { id, stream, type, scope, actor, correlationId = null, causationId = null } = event;
  const facts = JSON.stringify([stream, id, type, scope, actor.kind, actor.id, correlationId, causationId]);
  return taken === '' ? `${facts}\n${kept}\n` : `${facts}\n${kept}\n${taken}\n`;
}

function checkIds(events: readonly PreparedEvent[]): void {
  if (events.length > MAX_EVENTS) {
    const detail = `an append holds at most ${MAX_EVENTS} events, not ${events.length}; split it`;
    throw new Refusal({ code: 'REQUEST_INVALID', detail });
  }
  if (new Set(events.map(({ id }) => id)).size < events.length)
    throw new Refusal({
      code: 'EVENT_ID_REUSED',
      detail: 'one append holds two events with the same id; give each its own',
    });
}
