import { factStreamOf, ownFactStreamOf, type Amounts, type StepGrant, type Usage } from '@causeway/contracts';
import type { LedgerPort, Recorded } from '@causeway/eventing';
import { callIdOf } from '../edge.ts';
import { amountOf, plus, sum } from '../runs/domain/amounts.ts';
import type { Step } from '../runs/domain/run.ts';

/** What a call used that did not say so itself: it was lost. Time is not known of it. */
export const asUsage = (used: Amounts): Usage => ({ bytesIn: 0, bytesOut: 0, ...used, durationMs: 0 });

/** Usage, with what other attempts of the same step used. */
export const withOthers = ({ durationMs, ...used }: Usage, others: Amounts): Usage => ({
  ...asUsage(plus(withoutUndefined(used), others)),
  durationMs,
});

/**
 * What attempts before this one used, as their provider sealed it: an attempt whose answer was lost used it all the same. Throws when the ledger
 * cannot be read.
 */
export const usedBefore = (ledger: LedgerPort, runId: string, { stepId, attempt }: Step): Promise<Amounts> =>
  usedByCalls(
    ledger,
    Array.from({ length: attempt - 1 }, (_, index) => callIdOf(runId, stepId, index + 1)),
  );

/**
 * What calls used, as the facts about them say, those of calls that their provider made for them among them; nothing for one without a fact. Throws
 * when the ledger cannot be read.
 */
export async function usedByCalls(ledger: LedgerPort, callIds: readonly string[]): Promise<Amounts> {
  const streams = callIds.flatMap((callId) => [factStreamOf(callId), ownFactStreamOf(callId)]);
  const facts = await Promise.all(streams.map((stream) => ledger.readStream(stream, 1)));
  return sum(facts.flat().map(usedIn));
}

/** What is left of a reservation for one more attempt. A meter that is used up stays, with nothing. */
export const leftFor = (reserved: Amounts, used: Amounts): NonNullable<StepGrant['reserved']> =>
  Object.fromEntries(
    (Object.keys(reserved) as (keyof Amounts)[]).map((meter) => [
      meter,
      meter === 'steps' ? amountOf(reserved, meter) : Math.max(0, amountOf(reserved, meter) - amountOf(used, meter)),
    ]),
  );

/** Facts are another service's events, and may be of a version that says more, or less. */
function usedIn({ data }: Recorded): Amounts {
  const fact = membersOf(data);
  const usage = membersOf(fact['usage']);
  const stored = typeof fact['bodyResource'] === 'string' ? countIn(fact, 'responseSizeBytes') : 0;
  return plus(
    { bytesIn: countIn(fact, 'bytesIn'), bytesOut: countIn(fact, 'bytesOut'), storedBytes: stored },
    {
      inputTokens: countIn(usage, 'inputTokens'),
      outputTokens: countIn(usage, 'outputTokens'),
      costMicros: countIn(usage, 'costMicros'),
    },
  );
}

type Members = Readonly<Record<string, unknown>>;
const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});

function countIn(members: Members, name: string): number {
  const count = members[name];
  return Number.isSafeInteger(count) && Number(count) >= 0 ? Number(count) : 0;
}

const withoutUndefined = (used: Omit<Usage, 'durationMs'>): Amounts =>
  Object.fromEntries(Object.entries(used).filter(([, amount]) => amount !== undefined));
