import {
  getCheckpoint,
  proveConsistency,
  proveInclusion,
  type DataOf,
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

/**
 * How long proofs take on a log of this size, one after the other, of events and sizes picked evenly at random. Undefined when the ledger
 * does not serve proofs. Throws when it serves them and refuses one.
 */
export async function proofTimes(bus: Bus, size: number, proofs: number): Promise<ProofFigures | undefined> {
  const covering = await answered(bus, getCheckpoint, { minSize: size });
  if (covering === undefined) return undefined;
  const each = { inFlight: 1, durationMs: Infinity, warmUpMs: 0, most: proofs };
  const below = (limit: number) => Math.floor(Math.random() * limit);
  return {
    inclusion: await measure(each, () => given(answered(bus, proveInclusion, { position: below(size) }))),
    consistency: await measure(each, () =>
      given(answered(bus, proveConsistency, { fromSize: 1 + below(covering.size), toSize: covering.size })),
    ),
  };
}

/** The answer, undefined when nobody answers on this subject. */
async function answered<C extends MessageContract>(
  bus: Bus,
  contract: C,
  data: DataOf<C>,
): Promise<ReplyOf<C> | undefined> {
  const reply: ReplyEnvelope<ReplyOf<C>> = await bus.request(contract, data as never, meta, { ...TIMEOUTS });
  if (reply.ok) return reply.value;
  if (reply.rejection.facts?.['reachedNobody'] === true) return undefined;
  throw new Error(`${contract.name} was refused: ${reply.rejection.code}, ${reply.rejection.detail}`);
}

async function given<T>(answer: Promise<T | undefined>): Promise<T> {
  const value = await answer;
  if (value === undefined) throw new Error('the ledger gives checkpoints, but no proofs');
  return value;
}
