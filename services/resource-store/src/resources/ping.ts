import type { DataOf, ping, ReplyEnvelope, ReplyOf } from '@causeway/contracts';
import { ok } from '@causeway/messaging';
import { grantRefusal } from './grant.ts';

export type AnswerPing = ReturnType<typeof pinged>;

/** Answers a ping that is made under a good grant; it does nothing else, and holds nothing. `now` is ISO 8601 in UTC. */
export const pinged =
  (now: () => string) =>
  async ({ grant, input }: DataOf<typeof ping.call>): Promise<ReplyEnvelope<ReplyOf<typeof ping.call>>> => {
    const refusal = grantRefusal(grant, input, Date.parse(now()));
    return refusal ? { ok: false, rejection: refusal } : ok({ result: { pong: true }, bytesIn: 0, bytesOut: 0 });
  };
