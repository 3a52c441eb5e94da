import type { ExpectedVersion } from '@causeway/contracts';
import { planBatch, type EarlierAppend, type Known, type Outcome } from './batch.ts';
import type { PreparedAppend, PreparedEvent } from './prepare.ts';

export type Step = {
  readonly append: string;
  readonly content: number;
  readonly writes: readonly {
    readonly stream: string;
    readonly expected: ExpectedVersion;
    readonly ids: readonly string[];
  }[];
};

/** An append whose content is told by one byte. */
export function preparedOf({ append, content, writes }: Step): PreparedAppend {
  return {
    appendId: append,
    expectations: writes.map(({ stream, expected }) => ({ stream, expected })),
    events: writes.flatMap(({ stream, ids }) => ids.map((id) => ({ id, stream }) as unknown as PreparedEvent)),
    contentHash: String(content),
    sizeBytes: 1_000,
  };
}

/** A log that knows everything that was sealed into it. */
export function knownLog(): {
  readonly known: () => Known;
  readonly plan: (batch: readonly PreparedAppend[]) => readonly Outcome[];
} {
  const versions = new Map<string, number>();
  const appends = new Map<string, EarlierAppend>();
  const events = new Map<string, EarlierAppend>();
  let nextPosition = 0;
  const known = (): Known => ({
    nextPosition,
    versionOf: (stream) => versions.get(stream) ?? 0,
    earlierAppend: (id) => appends.get(id),
    earlierEvent: (id) => events.get(id),
  });
  const keep = (request: PreparedAppend, outcome: Outcome): void => {
    if (outcome.kind !== 'sealed') return;
    const earlier = { contentHash: request.contentHash, answer: outcome.answer };
    appends.set(request.appendId, earlier);
    for (const { id, stream } of request.events) {
      events.set(id, earlier);
      versions.set(stream, (versions.get(stream) ?? 0) + 1);
    }
    nextPosition = outcome.answer.lastPosition + 1;
  };
  return {
    known,
    plan: (batch) => {
      const outcomes = planBatch(batch, known());
      for (const [index, request] of batch.entries()) keep(request, outcomes[index]!);
      return outcomes;
    },
  };
}
