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
import { WRITER } from './events.ts';

export type ProofFigures = { readonly inclusion: Figures; readonly consistency: Figures };

const meta = { id: 'bench', actor: { kind: 'system', id: WRITER } } as const;
const TIMEOUTS = { timeoutMs: 10_000, attemptMs: 5_000 };
/** Enough to learn that nobody listens. */
const PROBE = { timeoutMs: 500 };

/**
 * How long proofs take on a log of this size, one after the other, of events and sizes picked evenly at random. Undefined when the ledger
 * does not serve proofs. Throws when it serves them and refuses one.
 */
export async function proofTimes(bus: Bus, size: number, proofs: number): Promise<ProofFigures | undefined> {
  if (!(await isServed(bus))) return undefined;
  const covering = await answered(bus, getCheckpoint, { minSize: size });
  const each = { inFlight: 1, durationMs: Infinity, warmUpMs: 0, most: proofs };
  const below = (limit: number) => Math.floor(Math.random() * limit);
  return {
    inclusion: await measure(each, () => answered(bus, proveInclusion, { position: below(size) })),
    consistency: await measure(each, () =>
      answered(bus, proveConsistency, { fromSize: 1 + below(covering.size), toSize: covering.size }),
    ),
  };
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

/** What any question over the bus takes, for comparison: how long the log is. */
export const questionTimes = (bus: Bus, questions: number): Promise<Figures> =>
  measure({ inFlight: 1, durationMs: Infinity, warmUpMs: 0, most: questions }, () => answered(bus, getHead, {}));
