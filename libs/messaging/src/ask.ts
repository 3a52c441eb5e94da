import type { ReplyEnvelope } from '@causeway/contracts';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import type { RequestOptions } from './bus.ts';
import { rejected } from './reply.ts';

const RETRY_MS = 100;
const decoder = new TextDecoder();

/** Sends a request until it is answered or the time is up; what it is told then says whether anybody can have seen the request. */
export async function ask<Value>(
  connection: NatsConnection,
  subject: string,
  body: string,
  options: RequestOptions,
): Promise<ReplyEnvelope<Value>> {
  const { timeoutMs = 5_000, attemptMs = timeoutMs, send = 'again' } = options;
  const until = Date.now() + timeoutMs;
  let last: unknown;
  let reachedNobody = true;
  for (;;) {
    const leftMs = until - Date.now();
    if (leftMs <= 0) break;
    try {
      const message = await connection.request(subject, body, { timeout: Math.max(1, Math.min(attemptMs, leftMs)) });
      return JSON.parse(decoder.decode(message.data)) as ReplyEnvelope<Value>;
    } catch (error) {
      if (isTooLarge(error))
        return rejected('REQUEST_TOO_LARGE', `the request on ${subject} does not fit in one message`);
      last = error;
      reachedNobody &&= hasNoResponders(error);
      if (!(send === 'once' ? hasNoResponders(error) : isPassing(error))) break;
      await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS, Math.max(0, until - Date.now()))));
    }
  }
  const why = last instanceof Error ? last.message : 'no answer in time';
  const detail = `no answer on ${subject} within ${timeoutMs} ms (${why}); the same request can be sent again`;
  return rejected('SERVICE_UNAVAILABLE', detail, { facts: { reachedNobody } });
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
