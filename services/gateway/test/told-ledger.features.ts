import { erase, verifyLog, type DataOf, type ReplyEnvelope, type ReplyOf, type RequestMeta } from '@causeway/contracts';
import { ok, rejected, type Bus } from '@causeway/messaging';
import { serveMemoryLedger, type LedgerOnBus } from '@causeway/testing';
import { AT, DIGEST } from './samples.ts';

/** What a test says happened. */
export type Told = { readonly type: string; readonly stream: string; readonly data: unknown; readonly scope?: string };

/** A ledger that holds what tests tell it. */
export type ToldLedger = Pick<LedgerOnBus, 'publish'> & {
  /** Appends and publishes. */
  readonly tell: (...events: readonly Told[]) => Promise<void>;
  /** Appends, and the live message is lost. */
  readonly tellSilently: (...events: readonly Told[]) => Promise<void>;
  readonly length: () => number;
  /** Erasures that it was asked for, with who asked. */
  readonly erasures: (DataOf<typeof erase> & { readonly by: RequestMeta['actor'] })[];
  /** What the next erasures are answered, one after another; then they are refused. */
  readonly answerErasures: (...replies: ReplyEnvelope<ReplyOf<typeof erase>>[]) => void;
};

export function serveToldLedger(bus: Bus): ToldLedger {
  const { ledger, publish } = serveMemoryLedger(bus);
  bus.serve(verifyLog, async () => ok({ good: true, checked: ledger.events.length, findings: [], chain: DIGEST }));

  const erasures: ToldLedger['erasures'] = [];
  let replies: ReplyEnvelope<ReplyOf<typeof erase>>[] = [];
  bus.serve(erase, async ({ data, meta }) => {
    erasures.push({ ...data, by: meta.actor });
    return replies.shift() ?? rejected('ERASURE_REFUSED', 'nothing to erase');
  });

  async function append({ stream, ...event }: Told): Promise<void> {
    const events = [{ id: crypto.randomUUID(), ...event }];
    await ledger.append({ appendId: crypto.randomUUID(), writes: [{ stream, expected: 'any', events }] });
  }

  return {
    erasures,
    answerErasures: (...next) => {
      replies = next;
    },
    publish,
    length: () => ledger.events.length,
    tell: async (...events) => {
      const first = ledger.events.length;
      for (const event of events) await append(event);
      for (let position = first; position < first + events.length; position++) publish(position);
    },
    tellSilently: async (...events) => {
      for (const event of events) await append(event);
    },
  };
}

export const sessionOpened = (sessionId: string, tokenSha256: string, agentId = 'reader'): Told => ({
  type: 'session.opened',
  stream: sessionId,
  data: { sessionId, agentId, tokenSha256, openedBy: 'ada', at: AT },
});
export const sessionRevoked = (sessionId: string): Told => ({
  type: 'session.revoked',
  stream: sessionId,
  data: { sessionId, revokedBy: 'ada', reason: 'done', at: AT },
});
export const runEvent = (runId: string, type = 'claim.refused'): Told => ({
  type,
  stream: runId,
  data: { claimedBy: 'reader', code: 'CLAIM_NOT_PROVEN', missing: 'one fetch', at: AT },
});
