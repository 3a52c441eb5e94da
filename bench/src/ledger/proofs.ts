import {
  getCheckpoint,
  getHead,
  proveConsistency,
  proveInclusion,
  type MessageContract,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { measure, type Figures } from '../load.ts';
import type { Contestant } from './contestant.ts';
import { WRITER } from './events.ts';

export type ProofFigures = { readonly inclusion: Figures; readonly consistency: Figures };

const meta = { id: 'bench', actor: { kind: 'system', id: WRITER } } as const;
const TIMEOUTS = { timeoutMs: 10_000, attemptMs: 5_000 };
/** Enough to learn that nobody listens. */
const PROBE = { timeoutMs: 500 };

/**
 * A question over the bus that does not depend on the log, and proofs on a log of this size, of events and sizes picked evenly at random.
 * There are no proofs when the ledger does not serve them; one that it refuses ends the measurement.
 */
export async function questions(
  bus: Bus,
  size: number,
): Promise<{ readonly question: Contestant; readonly proofs: readonly Contestant[] }> {
  const one = (name: string, ask: () => Promise<unknown>): Contestant => ({
    ...{ name, inFlight: 1 },
    measure: (load) => measure(load, ask),
  });
  const question = one('question', () => answered(bus, getHead, {}));
  if (!(await isServed(bus))) return { question, proofs: [] };
  const covering = await answered(bus, getCheckpoint, { minSize: size });
  const below = (limit: number) => Math.floor(Math.random() * limit);
  const inclusion = () => answered(bus, proveInclusion, { position: below(size) });
  const consistency = () =>
    answered(bus, proveConsistency, { fromSize: 1 + below(covering.size), toSize: covering.size });
  return { question, proofs: [one('inclusion proof', inclusion), one('consistency proof', consistency)] };
}

async function isServed(bus: Bus): Promise<boolean> {
  const reply = await bus.request(getCheckpoint, {}, meta, PROBE);
  return reply.ok || reply.rejection.facts?.['reachedNobody'] !== true;
}

async function answered<C extends MessageContract>(
  bus: Bus,
  contract: C,
  data: C['data']['_zod']['input'],
): Promise<ReplyOf<C>> {
  const reply: ReplyEnvelope<ReplyOf<C>> = await bus.request(contract, data, meta, TIMEOUTS);
  if (reply.ok) return reply.value;
  throw new Error(`${contract.name} was refused: ${reply.rejection.code}, ${reply.rejection.detail}`);
}
