import fc from 'fast-check';
import type { Outcome } from './batch.ts';
import { knownLog, preparedOf, type Step } from './batch.features.ts';

const ids = fc.constantFrom('e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8');
const write = fc.record({
  stream: fc.constantFrom('s', 't', 'u'),
  expected: fc.constantFrom<Step['writes'][number]['expected'][]>('none', 'exists', 'any', 1, 2, 3),
  ids: fc.uniqueArray(ids, { minLength: 1, maxLength: 2 }),
});
const step = fc
  .record({
    append: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    content: fc.constantFrom(1, 2),
    writes: fc.array(write, { minLength: 1, maxLength: 2 }),
  })
  .filter(({ writes }) => new Set(writes.flatMap((one) => one.ids)).size === writes.flatMap((one) => one.ids).length)
  .map(preparedOf);
const steps = fc.array(step, { maxLength: 12 });

const plain = (outcomes: ReturnType<ReturnType<typeof knownLog>['plan']>) =>
  outcomes.map((outcome) => ({ ...outcome, dependsOnBatch: undefined }));

/** What the caller can act on; which of several conflicts is told may differ. */
const verdict = (outcome: Outcome) => (outcome.kind === 'refused' ? outcome.rejection.code : outcome.answer);

describe('planBatch', () => {
  it('decides a batch exactly as it would decide each request in a batch of its own', () => {
    fc.assert(
      fc.property(steps, (requests) => {
        const oneByOne = knownLog();
        const together = knownLog();
        expect(plain(together.plan(requests))).toEqual(plain(requests.flatMap((request) => oneByOne.plan([request]))));
      }),
    );
  });

  it('fills positions without gaps and numbers each stream from 1', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 4 }), (batches) => {
        const log = knownLog();
        let position = 0;
        const versions = new Map<string, number>();
        for (const batch of batches) {
          for (const [index, outcome] of log.plan(batch).entries()) {
            if (outcome.kind !== 'sealed') continue;
            expect(outcome.answer.firstPosition).toBe(position);
            position += batch[index]!.events.length;
            expect(outcome.answer.lastPosition).toBe(position - 1);
            for (const { stream } of batch[index]!.events) versions.set(stream, (versions.get(stream) ?? 0) + 1);
            for (const [stream, version] of Object.entries(outcome.answer.versions))
              expect(version).toBe(versions.get(stream));
          }
        }
      }),
    );
  });

  it('decides nothing that does not depend on the batch differently when the batch is lost', () => {
    fc.assert(
      fc.property(steps, steps, (before, batch) => {
        const log = knownLog();
        log.plan(before);
        const other = knownLog();
        other.plan(before);
        const outcomes = log.plan(batch);
        for (const [index, outcome] of outcomes.entries()) {
          if (outcome.dependsOnBatch) continue;
          expect(verdict(other.plan([batch[index]!])[0]!)).toEqual(verdict(outcome));
        }
      }),
    );
  });
});
