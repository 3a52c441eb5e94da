import fc from 'fast-check';
import { often, one, rarely, stepOf, type Weighted } from './asked.ts';
import type { Request } from './requests.ts';
import { APPROVERS, NOTE, PEOPLE } from './scene.ts';

const run = fc.constantFrom(0, 0, 2);
/** The newest more often than not, so that several speak of one. */
const pick = fc.constantFrom(0, 0, 0, 0, 1);
const by = fc.constantFrom<string>(...PEOPLE, ...PEOPLE, ...APPROVERS);
const wrong = fc.constantFrom<'nothing' | 'digest' | 'statement'>(
  ...(['nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'digest', 'statement'] as const),
);

/** What an agent notes for itself, in a run that has to, in one with subgoals and in others. */
export const NOTES: readonly Weighted<Request>[] = [
  often(
    12,
    fc.record({
      kind: one('note'),
      run: fc.constantFrom(5, 5, 0, 3),
      key: fc.constantFrom(NOTE.key, NOTE.key, 'other'),
      value: fc.constantFrom<string>(NOTE.value, NOTE.value, 'no'),
    }),
  ),
  often(6, stepOf(fc.constantFrom(5, 5, 3), 'read', 'read', 'write', 'ask')),
  often(4, fc.record({ kind: one('claim'), run: one(5) })),
  often(3, fc.record({ kind: one('claim-subgoal'), run: one(3), subgoal: fc.constantFrom('g1', 'g1', 'g2') })),
  often(
    2,
    fc.record({
      kind: fc.constantFrom('start' as const),
      run: fc.constantFrom(5, 3),
      limit: one(3),
      later: one(false),
    }),
  ),
  often(1, fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const), run: one(5), id: one(1) })),
];

/** Calls of which nobody knows what came of them, and people who look. */
export const ACKNOWLEDGED: readonly Weighted<Request>[] = [
  often(9, stepOf(run, 'write', 'write', 'write-badly', 'read', 'echo')),
  often(
    9,
    fc.record({
      kind: one('acknowledge'),
      run,
      nth: fc.constantFrom(0, 0, 1),
      finding: fc.constantFrom('happened' as const, 'happened' as const, 'did-not-happen' as const),
    }),
  ),
];

/** Several have to agree, or only some may. */
export const CONSENT: readonly Weighted<Request>[] = [
  often(8, stepOf(run, 'ask', 'ask-again', 'ask-to-read', 'ask-to-read-again')),
  often(16, fc.record({ kind: one('grant'), pick, by, wrong, again: rarely })),
  often(2, fc.record({ kind: fc.constantFrom('deny' as const, 'return' as const), pick, by })),
  often(1, fc.record({ kind: one('grant-more'), pick, by, wrong: one('nothing'), uses: one(1), forMs: one(40_000) })),
];
