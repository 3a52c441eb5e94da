import type { ReplyEnvelope } from '@causeway/contracts';
import { errors, type Msg } from '@nats-io/transport-node';
import { unpacked } from './frame.ts';
import type { Outbox } from './outbox.ts';
import { rejected } from './reply.ts';
import type { Requests } from './requests.ts';

export type RequestOptions = {
  /** How long to keep asking, in ms; default 5,000. */
  readonly timeoutMs?: number;
  /**
   * How long one attempt may take before the same request is sent again, in ms; default the whole time. Only for what is idempotent:
   * every command and capability call is, by its id.
   */
  readonly attemptMs?: number;
  /** `once`: sent again only when it certainly reached nobody. Default `again`: sent again whenever no answer came. */
  readonly send?: 'once' | 'again';
  /** What travels behind the data as it is, for a contract with `dataBytes`. It must not change before the request is answered. */
  readonly bytes?: Uint8Array;
};

/** What came back, and the bytes behind it, for a contract with `replyBytes`. */
export type Answered<Value> = ReplyEnvelope<Value> & { readonly bytes?: Uint8Array | undefined };

/** Where requests leave. */
export type Line = { readonly requests: Requests; readonly outbox: Outbox };

const RETRY_MS = 100;
const LEAST_ATTEMPT_MS = 20;

/** Sends a request until it is answered or the time is up; what it is told then says whether anybody can have seen the request. */
export async function ask<Value>(
  line: Line,
  subject: string,
  body: string | Uint8Array,
  options: RequestOptions,
): Promise<Answered<Value>> {
  const { timeoutMs = 5_000, attemptMs = timeoutMs, send = 'again' } = options;
  const mayRepeat = send === 'once' ? hasNoResponders : isPassing;
  const until = Date.now() + timeoutMs;
  const leftMs = () => Math.max(0, until - Date.now());
  let why: string;
  let reachedNobody = true;
  do {
    const attempt = await askOnce<Value>(line, subject, body, Math.max(1, Math.min(attemptMs, leftMs())));
    if ('reply' in attempt) return attempt.reply;
    if (isTooLarge(attempt.error))
      return rejected('REQUEST_TOO_LARGE', `the request on ${subject} does not fit in one message`);
    why = messageOf(attempt.error);
    reachedNobody &&= hasNoResponders(attempt.error);
    if (!mayRepeat(attempt.error)) break;
    await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS, leftMs())));
    // In less than this nobody answers: such an attempt would only turn what is known into what is not.
  } while (leftMs() >= LEAST_ATTEMPT_MS);
  const detail = `no answer on ${subject} within ${timeoutMs} ms (${why}); the same request can be sent again`;
  return rejected('SERVICE_UNAVAILABLE', detail, { facts: { reachedNobody } });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Attempt<Value> = { readonly reply: Answered<Value> } | { readonly error: unknown };

async function askOnce<Value>(
  { requests, outbox }: Line,
  subject: string,
  body: string | Uint8Array,
  timeoutMs: number,
): Promise<Attempt<Value>> {
  try {
    const message = await new Promise<Msg>((resolve, reject) => {
      outbox.add(() => {
        requests.send(subject, body, timeoutMs).then(resolve, reject);
      });
    });
    return { reply: replyIn<Value>(message) };
  } catch (error) {
    return { error };
  }
}

function replyIn<Value>({ data }: Msg): Answered<Value> {
  const { json, bytes } = unpacked(data);
  const reply = JSON.parse(json) as ReplyEnvelope<Value>;
  return bytes === undefined ? reply : { ...reply, bytes };
}

/** The client refuses to send what is larger than the server takes. */
const isTooLarge = (error: unknown): boolean => error instanceof errors.InvalidArgumentError;

/** Nobody listens: the request reached no one. */
const hasNoResponders = (error: unknown): boolean => error instanceof errors.RequestError && error.isNoResponders();

/** Nobody listens, nobody answered, or the connection is being made again: another attempt may do. */
function isPassing(error: unknown): boolean {
  if (error instanceof errors.TimeoutError || error instanceof errors.ConnectionError) return true;
  return error instanceof errors.RequestError && !(error.cause instanceof errors.PermissionViolationError);
}
