import {
  getCheckpoint,
  proveConsistency,
  proveInclusion,
  type MessageContract,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { measure } from '../load.ts';
import type { Contestant } from '../contestant.ts';
import { WRITER } from './events.ts';

export type Proofs = { readonly inclusion: Contestant; readonly consistency: Contestant };

const meta = { id: 'bench', actor: { kind: 'system', id: WRITER } } as const;
const TIMEOUTS = { timeoutMs: 10_000, attemptMs: 5_000 };
/** Enough to learn that nobody listens. */
const PROBE = { timeoutMs: 500 };

/** Size of a signed tree of at least this size; undefined when the ledger serves no proofs. */
export async function signedSize(bus: Bus, minSize: number): Promise<number | undefined> {
  const reply = await bus.request(getCheckpoint, {}, meta, PROBE);
  if (!reply.ok && reply.rejection.facts?.['reachedNobody'] === true) return undefined;
  return (await answered(bus, getCheckpoint, { minSize })).size;
}

/** Proofs of a signed tree over the bus, of events and older trees picked evenly at random. One that is refused ends the measurement. */
export function proofsOf(bus: Bus, size: number): Proofs {
  const one = (name: string, ask: () => Promise<unknown>): Contestant => ({
    ...{ name: `${name}, tree of ${size}`, inFlight: 1 },
    measure: (load) => measure(load, ask),
  });
  const below = (limit: number) => Math.floor(Math.random() * limit);
  return {
    inclusion: one('inclusion proof', () => answered(bus, proveInclusion, { position: below(size), size })),
    consistency: one('consistency proof', () =>
      answered(bus, proveConsistency, { fromSize: 1 + below(size), toSize: size }),
    ),
  };
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
