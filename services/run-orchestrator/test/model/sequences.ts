import fc from 'fast-check';
import { FAULTS, type Fault } from './network.ts';
import { APPROVERS, STEP_NAMES, type StepName } from './scene.ts';

/** What somebody asks of the service. Runs and sessions are told by their index, steps by their name, which is their id. */
export type Request =
  | { readonly kind: 'start'; readonly run: number; readonly limit: number }
  | { readonly kind: 'step'; readonly run: number; readonly step: StepName; readonly other: boolean }
  | {
      readonly kind: 'grant';
      /** Which of the approvals that were asked for so far, the newest first. */
      readonly pick: number;
      readonly by: string;
      /** What the approver gives back that was not shown. */
      readonly wrong: 'nothing' | 'digest' | 'statement';
    }
  | { readonly kind: 'deny' | 'return'; readonly pick: number; readonly by: string }
  | { readonly kind: 'pause' | 'resume'; readonly run: number; readonly id: number }
  | { readonly kind: 'claim' | 'complete' | 'cancel'; readonly run: number }
  | { readonly kind: 'revoke'; readonly session: number };

/** What happens next. Replicas and messages are told by any number, taken modulo how many there are. */
export type Happening =
  | { readonly does: 'ask'; readonly replica: number; readonly request: Request }
  | { readonly does: 'deliver'; readonly pick: number; readonly fault: Fault }
  | { readonly does: 'settle' }
  | { readonly does: 'crash'; readonly replica: number }
  | { readonly does: 'jump'; readonly ms: number };

/** The first run is asked for most, so that requests meet. */
const run = fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 2, 2);
const step = fc.constantFrom<StepName>(...STEP_NAMES, 'read', 'write', 'ask', 'ask');
const pick = fc.constantFrom(0, 0, 0, 1);
const by = fc.constantFrom(...APPROVERS, 'ann', 'ann', 'bob');
const id = fc.integer({ min: 1, max: 3 });

const request: fc.Arbitrary<Request> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('start' as const), run, limit: fc.integer({ min: 2, max: 5 }) }),
  },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('step' as const),
      run,
      step,
      other: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      ...{ kind: fc.constant('grant' as const), pick, by },
      wrong: fc.constantFrom(
        'nothing' as const,
        'nothing' as const,
        'nothing' as const,
        'digest' as const,
        'statement' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('deny' as const, 'return' as const), pick, by }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const), run, id }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('claim' as const, 'complete' as const, 'cancel' as const), run }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const), session: fc.constantFrom(0, 0, 1) }) },
);

const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'none', 'none', ...FAULTS);
const replica = fc.nat({ max: 2 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ does: fc.constant('ask' as const), replica, request }) },
  { weight: 14, arbitrary: fc.record({ does: fc.constant('deliver' as const), pick: fc.nat({ max: 5 }), fault }) },
  { weight: 4, arbitrary: fc.constant({ does: 'settle' as const }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('crash' as const), replica }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('jump' as const),
      ms: fc.constantFrom(1_000, 6_000, 25_000, 61_000, 130_000),
    }),
  },
);

export type Sequence = { readonly replicas: number; readonly happenings: readonly Happening[] };

/** What is asked for in place of a decision while there is nothing to decide. */
export const SOMETHING_TO_DECIDE: Request = { kind: 'step', run: 0, step: 'ask', other: false };

const begin = (run: number, limit: number): Happening[] => [
  { does: 'ask', replica: 0, request: { kind: 'start', run, limit } },
  { does: 'settle' },
];
/** Each begins with a run, and most with one beside it in another session. */
export const sequences: fc.Arbitrary<Sequence> = fc
  .record({
    replicas: fc.integer({ min: 2, max: 3 }),
    limit: fc.integer({ min: 2, max: 5 }),
    beside: fc.constantFrom(true, true, false),
    rest: fc.array(happening, { minLength: 8, maxLength: 30, size: 'max' }),
  })
  .map(({ replicas, limit, beside, rest }) => ({
    replicas,
    happenings: [...begin(0, limit), ...(beside ? begin(2, 2) : []), ...rest],
  }));
