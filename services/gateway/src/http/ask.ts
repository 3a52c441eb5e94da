import type { MessageContract, ReplyEnvelope, ReplyOf, RequestMeta } from '@causeway/contracts';
import type { Bus, RequestOptions } from '@causeway/messaging';
import type { Caller } from './call.ts';

/** Sends a request to its owner on behalf of a caller. */
export type Ask = <C extends MessageContract>(
  contract: C,
  data: C['data']['_zod']['input'],
  caller: Caller,
  options?: RequestOptions & { readonly correlationId?: string },
) => Promise<ReplyEnvelope<ReplyOf<C>>>;

/** One attempt, after which the same request is sent again: owners know it by its id. */
const ATTEMPT_MS = 3_000;
const TIMEOUT_MS = 10_000;

export function asking(bus: Pick<Bus, 'request'>): Ask {
  return (contract, data, caller, { correlationId, ...options } = {}) =>
    bus.request(contract, data, metaOf(caller, correlationId), {
      timeoutMs: TIMEOUT_MS,
      attemptMs: ATTEMPT_MS,
      ...options,
    });
}

function metaOf({ requestId, principal, traceparent }: Caller, correlationId?: string): RequestMeta {
  return {
    id: requestId,
    actor: principal.actor,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
