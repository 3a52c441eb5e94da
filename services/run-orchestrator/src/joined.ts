import { isDeepStrictEqual } from 'node:util';
import type { ReplyEnvelope, RequestMeta } from '@causeway/contracts';

type Asked = { readonly data: unknown; readonly meta: RequestMeta };
type Answering = (request: never) => Promise<ReplyEnvelope<unknown>>;
type InWork = { readonly request: Asked; readonly reply: Promise<ReplyEnvelope<unknown>> };

/**
 * The same functions, in which a request that is sent again while it is being worked on joins that work: a caller that repeats itself is
 * answered when the first is, and costs nothing. A request is the same when id, caller and data are.
 */
export function joined<Service extends Readonly<Record<string, Answering>>>(service: Service): Service {
  const entries = Object.entries(service).map(([name, answer]) => [name, joining(answer)]);
  return Object.fromEntries(entries) as Service;
}

function joining(answer: Answering): Answering {
  const inWork = new Map<string, InWork>();
  return (asked: never) => {
    const request: Asked = asked;
    const { id } = request.meta;
    const known = inWork.get(id);
    if (known && isSame(known.request, request)) return known.reply;
    const reply = answer(asked).finally(() => {
      if (inWork.get(id)?.reply === reply) inWork.delete(id);
    });
    inWork.set(id, { request, reply });
    return reply;
  };
}

const isSame = (one: Asked, other: Asked): boolean =>
  isDeepStrictEqual(one.meta.actor, other.meta.actor) && isDeepStrictEqual(one.data, other.data);
