import { Predicate, SubgoalPredicate, type Subgoal } from '@causeway/contracts';
import fc from 'fast-check';
import { FETCH } from './run.features.ts';

export const noteKey = fc.constantFrom('a', 'b');
export const noteValue = fc.constantFrom('yes', 'no', 1);

const capability = fc.constantFrom(FETCH, 'resource.list');
const input = fc.option(fc.constantFrom({ method: 'GET' }, { method: 'POST' }), { nil: undefined });
const of = { capability, input };
const voidedBy = fc.option(fc.array(fc.record(of), { minLength: 1, maxLength: 2 }), { nil: undefined });
const min = fc.integer({ min: 1, max: 2 });

const leaf = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('manual', 'never', 'always', 'subgoals_done').map((kind) => ({ kind })) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('capability_succeeded'), ...of, min, voidedBy }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('capability_failed'), ...of, min, voidedBy }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ kind: fc.constant('metadata_matches'), ...of, voidedBy },
      ...{ path: fc.constant('/status'), equals: fc.constantFrom(200, 404) },
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('state_exists'), key: noteKey, voidedBy }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('memory_equals'), key: noteKey, value: noteValue, voidedBy }) },
);

const anyShape = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((all_of) => ({ kind: 'all_of', all_of })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((any_of) => ({ kind: 'any_of', any_of })),
    tie('node').map((not) => ({ kind: 'not', not })),
  ),
})).node;

const fitting = (schema: typeof Predicate): fc.Arbitrary<Predicate> =>
  anyShape.map((shape) => schema.safeParse(shape).data).filter((parsed): parsed is Predicate => parsed !== undefined);

/** Any predicate of a run. */
export const predicate = fitting(Predicate);

const voided = fc.array(fc.record(of), { minLength: 1, maxLength: 2 });
const staleLeaf = fc.oneof(
  fc.record({ kind: fc.constantFrom('capability_succeeded', 'capability_failed'), ...of, min, voidedBy: voided }),
  fc.record({ kind: fc.constant('metadata_matches'), ...of, voidedBy: voided }).map((is) => ({
    ...is,
    ...{ path: '/status', equals: 200 },
  })),
  fc.record({ kind: fc.constant('state_exists'), key: noteKey, voidedBy: voided }),
);
/** A predicate of few leaves that all can become stale: what freshness decides is not lost in the rest. */
export const stalePredicate = fc
  .oneof(
    staleLeaf,
    staleLeaf.map((not) => ({ kind: 'not', not })),
    fc.tuple(staleLeaf, staleLeaf).map((all_of) => ({ kind: 'all_of', all_of })),
  )
  .map((shape) => Predicate.parse(shape));

const subgoal = (subgoalId: string): fc.Arbitrary<Subgoal> =>
  fc.record({
    ...{ subgoalId: fc.constant(subgoalId), goal: fc.constant('part'), predicate: fitting(SubgoalPredicate) },
    budget: fc.option(fc.record({ steps: min }), { nil: undefined }),
  });

/** A queue of one or two subgoals. */
export const subgoals: fc.Arbitrary<readonly Subgoal[]> = fc.oneof(
  subgoal('g1').map((one) => [one]),
  fc.tuple(subgoal('g1'), subgoal('g2')),
);
