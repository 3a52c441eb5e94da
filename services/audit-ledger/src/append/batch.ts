import type { Appended, ExpectedVersion, Rejection } from '@causeway/contracts';
import type { PreparedAppend } from './prepare.ts';

/** An append that is in the log: what it said, and what was answered. */
export type EarlierAppend = { readonly contentHash: string; readonly answer: Appended };

/** What is known of the log before a batch. */
export type Known = {
  readonly nextPosition: number;
  /** Version that a stream is at; 0 when it does not exist. */
  readonly versionOf: (stream: string) => number;
  readonly earlierAppend: (appendId: string) => EarlierAppend | undefined;
  /** The append that an event id came in. */
  readonly earlierEvent: (eventId: string) => EarlierAppend | undefined;
};

/**
 * What becomes of a request. `sealed`: its events go into this batch. `repeated`: it is in the log already, or earlier in this batch.
 * `refused`: nothing of it is written. An outcome that `dependsOnBatch` is true only once the batch is committed.
 */
export type Outcome =
  | { readonly kind: 'sealed'; readonly answer: Appended; readonly dependsOnBatch: true }
  | { readonly kind: 'repeated'; readonly answer: Appended; readonly dependsOnBatch: boolean }
  | { readonly kind: 'refused'; readonly rejection: Rejection; readonly dependsOnBatch: boolean };

/**
 * Decides a batch of appends, one after the other as if each stood alone, and gives places to those that fit. One request never makes another
 * fail; the outcome is the same as that of the same requests in batches of one.
 */
export function planBatch(requests: readonly PreparedAppend[], known: Known): readonly Outcome[] {
  const versions = new Map<string, number>();
  const appends = new Map<string, EarlierAppend>();
  const events = new Map<string, EarlierAppend>();
  let nextPosition = known.nextPosition;

  const versionOf = (stream: string): number => versions.get(stream) ?? known.versionOf(stream);
  const earlierOf = ({ appendId, events: own }: PreparedAppend): Repetition | undefined => {
    const inBatch = appends.get(appendId);
    const before = inBatch ?? known.earlierAppend(appendId);
    if (before) return { earlier: before, by: `append id ${appendId}`, dependsOnBatch: inBatch !== undefined };
    for (const { id } of own) {
      const batched = events.get(id);
      const stored = batched ?? known.earlierEvent(id);
      if (stored) return { earlier: stored, by: `event id ${id}`, dependsOnBatch: batched !== undefined };
    }
    return undefined;
  };

  function seal(request: PreparedAppend): Outcome {
    const firstPosition = nextPosition;
    nextPosition += request.events.length;
    for (const { stream } of request.events) versions.set(stream, versionOf(stream) + 1);
    const written = Object.fromEntries(request.expectations.map(({ stream }) => [stream, versionOf(stream)]));
    const answer: Appended = { firstPosition, lastPosition: nextPosition - 1, versions: written };
    const earlier = { contentHash: request.contentHash, answer };
    appends.set(request.appendId, earlier);
    for (const { id } of request.events) events.set(id, earlier);
    return { kind: 'sealed', answer, dependsOnBatch: true };
  }

  return requests.map((request) => {
    const repetition = earlierOf(request);
    if (repetition) return repeat(request, repetition);
    const conflict = request.expectations.find(({ stream, expected }) => !fits(expected, versionOf(stream)));
    if (!conflict) return seal(request);
    const { stream, expected } = conflict;
    return {
      kind: 'refused',
      rejection: versionConflict(stream, expected, versionOf(stream)),
      dependsOnBatch: versions.has(stream),
    };
  });
}

type Repetition = { readonly earlier: EarlierAppend; readonly by: string; readonly dependsOnBatch: boolean };

function repeat(request: PreparedAppend, { earlier, by, dependsOnBatch }: Repetition): Outcome {
  if (earlier.contentHash === request.contentHash) return { kind: 'repeated', answer: earlier.answer, dependsOnBatch };
  const detail = `the ${by} stands for other content, at position ${earlier.answer.firstPosition}; nothing was appended`;
  return { kind: 'refused', rejection: { code: 'EVENT_ID_REUSED', detail }, dependsOnBatch };
}

function fits(expected: ExpectedVersion, version: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'none') return version === 0;
  if (expected === 'exists') return version > 0;
  return version === expected;
}

function versionConflict(stream: string, expected: ExpectedVersion, version: number): Rejection {
  return {
    code: 'VERSION_CONFLICT',
    detail: `${stream} is at version ${version}, not ${expected}; read what is new and decide again`,
    facts: { stream, version, expected },
  };
}
