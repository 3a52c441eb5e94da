import { fieldErrors } from '../rejection.ts';
import { Predicate, SubgoalPredicate } from './predicates.ts';

const DEED = { kind: 'capability_succeeded', capability: 'a' };
const problemsOf = (value: unknown, schema: typeof Predicate = Predicate): string[] => {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : fieldErrors(parsed.error).map(({ path }) => path);
};
const nested = (levels: number): object => (levels === 1 ? DEED : { kind: 'not', not: nested(levels - 1) });
const wide = (nodes: number) => ({ kind: 'all_of', all_of: Array(nodes - 1).fill(DEED) });

describe('a predicate', () => {
  it('is whole with what is left out', () => {
    expect(Predicate.parse({ kind: 'any_of', any_of: [DEED] })).toEqual({
      kind: 'any_of',
      any_of: [{ ...DEED, min: 1 }],
    });
  });

  it.each([
    ['no kind', {}, 'kind'],
    ['an unknown kind in it', { kind: 'all_of', all_of: [DEED, DEED, { kind: 'x' }] }, 'all_of.2.kind'],
    [
      'an unknown kind below not',
      { kind: 'not', not: { kind: 'any_of', any_of: [{ kind: 'x' }] } },
      'not.any_of.0.kind',
    ],
    ['an empty group', { kind: 'any_of', any_of: [] }, 'any_of'],
    ['another member', { ...DEED, run: 'run_1' }, 'run'],
    ['no capability', { kind: 'capability_failed' }, 'capability'],
    ['less than one step', { ...DEED, min: 0 }, 'min'],
    ['a path that is no pointer', { kind: 'metadata_matches', capability: 'a', path: 'status', equals: 1 }, 'path'],
    ['a value that is no scalar', { kind: 'memory_equals', key: 'a', value: {} }, 'value'],
    ['a name with a blank', { kind: 'state_exists', key: 'a b' }, 'key'],
    ['an empty list of what makes stale', { ...DEED, voidedBy: [] }, 'voidedBy'],
    ['nine fields', { ...DEED, input: Object.fromEntries([...'abcdefghi'].map((name) => [name, 1])) }, 'input'],
    ['a person below not', { kind: 'not', not: { kind: 'all_of', all_of: [{ kind: 'manual' }] } }, 'not.all_of.0'],
    ['nothing at all', null, ''],
  ])('is refused with %s, by its path', (_what, value, path) => expect(problemsOf(value)).toEqual([path]));

  it('nests 8 levels and no more, has 64 nodes and no more', () => {
    expect([problemsOf(nested(8)), problemsOf(wide(64))]).toEqual([[], []]);
    expect(problemsOf(nested(9))).toEqual(['not.not.not.not.not.not.not.not']);
    expect(problemsOf(wide(65))).toEqual(['all_of.63']);
  });

  it('is refused at any size without a crash', () => {
    let deep: object = DEED;
    for (let level = 0; level < 100_000; level++)
      deep = level % 2 ? { kind: 'not', not: deep } : { kind: 'all_of', all_of: [deep] };
    expect(problemsOf(deep)).toHaveLength(1);
    expect(problemsOf(wide(100_000))).toHaveLength(1);
  });

  it('of a subgoal asks for no person and for no subgoals', () => {
    for (const kind of ['manual', 'subgoals_done'])
      expect(problemsOf({ kind: 'all_of', all_of: [DEED, { kind }] }, SubgoalPredicate)).toEqual(['all_of.1']);
  });
});
