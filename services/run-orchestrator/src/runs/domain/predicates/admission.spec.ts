import type { Predicate } from '@causeway/contracts';
import { fetchSucceeded } from '../../../../test/run.features.ts';
import { provesNothing, unknownCapabilities } from './admission.ts';

const ALWAYS: Predicate = { kind: 'always' };
const NOTE: Predicate = { kind: 'state_exists', key: 'a' };
const EQUAL: Predicate = { kind: 'memory_equals', key: 'a', value: 1 };
const DEED = fetchSucceeded();
const FAILED: Predicate = { ...DEED, kind: 'capability_failed' } as Predicate;
const all = (...all_of: Predicate[]): Predicate => ({ kind: 'all_of', all_of });
const any = (...any_of: Predicate[]): Predicate => ({ kind: 'any_of', any_of });
const not = (is: Predicate): Predicate => ({ kind: 'not', not: is });

describe('a predicate that proves nothing', () => {
  it.each([
    ['always', ALWAYS],
    ['a note', NOTE],
    ['an equal note', EQUAL],
    ['notes alone', all(NOTE, EQUAL)],
    ['a deed or a note', any(DEED, NOTE)],
    ['the absence of a failure', not(FAILED)],
    ['the absence of never', not({ kind: 'never' })],
    ['the absence of a deed and a note', not(all(DEED, NOTE))],
    ['not the absence of always', not(not(ALWAYS))],
  ])('is %s', (_what, predicate) => expect(provesNothing(predicate)).toBe(true));

  it.each([
    ['a deed', DEED],
    ['a failure', FAILED],
    ['a person', { kind: 'manual' } as Predicate],
    ['never', { kind: 'never' } as Predicate],
    ['subgoals', { kind: 'subgoals_done' } as Predicate],
    ['a deed and a note', all(DEED, NOTE)],
    ['a deed and no failure', all(DEED, not(FAILED))],
    ['one deed or another', any(DEED, FAILED)],
    ['not always', not(ALWAYS)],
  ])('is not %s', (_what, predicate) => expect(provesNothing(predicate)).toBe(false));
});

describe('the capabilities of a predicate', () => {
  it('are named with their paths when they do not exist', () => {
    const voided = { ...DEED, voidedBy: [{ capability: 'known' }, { capability: 'b' }] } as Predicate;
    const errors = unknownCapabilities(
      all(not({ ...FAILED, capability: 'a' } as Predicate), voided),
      (id) => id.length > 1,
    );
    expect(errors.map(({ path }) => path)).toEqual([
      'predicate.all_of.0.not.capability',
      'predicate.all_of.1.voidedBy.1.capability',
    ]);
  });
});
