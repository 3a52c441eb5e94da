import fc from 'fast-check';
import {
  CORE,
  FORWARDS,
  GOALS,
  GRANTS,
  KILLS,
  LATER,
  LIFE,
  often,
  one,
  POOLS,
  rarely,
  REGISTRY,
  SCHEDULES,
  STOPS,
  type Weighted,
} from './asked.ts';
import { ACKNOWLEDGED, CONSENT, NOTES } from './asked-of-people.ts';
import { FAULTS, type Fault } from './network.ts';
import type { Request } from './requests.ts';
import { OPERATOR, type Consent, type Terms } from './scene.ts';

/** What happens next. Replicas and messages are told by any number, taken modulo how many there are. */
export type Happening =
  | { readonly does: 'ask'; readonly replica: number; readonly request: Request }
  | { readonly does: 'deliver'; readonly pick: number; readonly fault: Fault }
  | { readonly does: 'settle' }
  | { readonly does: 'crash'; readonly replica: number }
  | { readonly does: 'jump'; readonly ms: number };
export type Sequence = { readonly replicas: number; readonly terms: Terms; readonly happenings: readonly Happening[] };

const ALL = [
  ...GRANTS,
  ...LIFE,
  ...GOALS,
  ...KILLS,
  ...SCHEDULES,
  ...POOLS,
  ...REGISTRY,
  ...FORWARDS,
  ...LATER,
  ...STOPS,
  ...CONSENT,
  ...NOTES,
  ...ACKNOWLEDGED,
];

const faultOf = (faults: readonly Fault[]) => fc.constantFrom<Fault>('none', 'none', 'none', 'none', 'none', ...faults);
const replica = fc.nat({ max: 2 });
const jump = fc.constantFrom(1_000, 6_000, 25_000, 61_000, 130_000);
const core = fc.oneof(...CORE);
/** Three in five of what is asked is what the story is about. */
const requestIn = (theme: readonly Weighted<Request>[]): fc.Arbitrary<Request> =>
  theme.length === 0 ? core : fc.oneof(often(2, core), often(3, fc.oneof(...theme)));
const happening = ({
  also: theme,
  faults = FAULTS,
  settles = 6,
}: Pick<Theme, 'also' | 'faults' | 'settles'>): fc.Arbitrary<Happening> =>
  fc.oneof(
    often(12, fc.record({ does: one('ask'), replica, request: requestIn(theme) })),
    often(14, fc.record({ does: one('deliver'), pick: fc.nat({ max: 5 }), fault: faultOf(faults) })),
    often(settles, one({ does: 'settle' })),
    often(1, fc.record({ does: one('crash'), replica })),
    often(2, fc.record({ does: one('jump'), ms: jump })),
  );

const FREE: Terms = { pools: {}, asksForSteps: false, asksForTime: false };
const terms: fc.Arbitrary<Terms> = fc.record({ pools: one({}), asksForSteps: rarely, asksForTime: rarely });
const some = (max: number) => fc.integer({ min: 2, max });
const shared: fc.Arbitrary<Terms> = fc.record({
  pools: fc.record({ session: some(6), agent: some(6), team: some(8) }, { requiredKeys: [] }),
  ...{ asksForSteps: rarely, asksForTime: one(false) },
});
const consent = fc.constantFrom<Consent>(
  ...[{ quorum: 2 }, { quorum: 2 }, { quorum: 3 }],
  ...[
    { quorum: 1, approvers: ['bob', OPERATOR] },
    { quorum: 2, approvers: ['ann', 'cleo'] },
  ],
);
const consenting: fc.Arbitrary<Terms> = fc.record({
  pools: one({}),
  asksForSteps: rarely,
  asksForTime: one(false),
  consent,
});

const write: Happening = { does: 'ask', replica: 0, request: { kind: 'step', run: 0, step: 'write', other: false } };
const arrives = (fault: Fault): Happening => ({ does: 'deliver', pick: 0, fault });
const longAfter: readonly Happening[] = [{ does: 'jump', ms: 25_000 }, { does: 'settle' }];
/** A call that writes, of which nobody knows what came of it once its time is over. */
const lostWrite = fc
  .nat({ max: 2 })
  .map((before) => [write, ...Array<Happening>(before).fill(arrives('none')), arrives('unrecorded'), ...longAfter]);

type Theme = {
  readonly also: readonly Weighted<Request>[];
  /** Runs that are there from the beginning. */
  readonly begins: readonly number[];
  readonly terms?: fc.Arbitrary<Terms>;
  /** What becomes of messages that do not simply arrive. */
  readonly faults?: readonly Fault[];
  /** How often everything arrives that is on its way: where one thing needs another. */
  readonly settles?: number;
  /** What happens before anything else. */
  readonly first?: fc.Arbitrary<readonly Happening[]>;
};
const THEMES = {
  steps: [4, { also: [], begins: [0, 2] }],
  grants: [3, { also: GRANTS, begins: [0, 2], settles: 14 }],
  life: [3, { also: LIFE, begins: [0, 2] }],
  goals: [3, { also: GOALS, begins: [3, 0], settles: 14 }],
  kills: [3, { also: KILLS, begins: [0, 2, 3], terms: fc.oneof(one(FREE), shared) }],
  later: [1, { also: LATER, begins: [2], settles: 14 }],
  stops: [2, { also: STOPS, begins: [0, 2], faults: ['late', 'late', 'lost-answer'] }],
  schedules: [3, { also: SCHEDULES, begins: [0], settles: 14 }],
  pools: [3, { also: POOLS, begins: [0, 2, 3], terms: shared }],
  registry: [1, { also: REGISTRY, begins: [0, 2] }],
  forwards: [2, { also: FORWARDS, begins: [0, 2], faults: [...FAULTS, 'lost-request', 'nobody'] }],
  consent: [2, { also: CONSENT, begins: [0, 2], terms: consenting, settles: 14 }],
  notes: [2, { also: NOTES, begins: [5, 0], settles: 14 }],
  unknown: [2, { also: ACKNOWLEDGED, begins: [0, 2], first: lostWrite, settles: 10 }],
  all: [2, { also: ALL, begins: [0, 2, 3], terms: fc.oneof(terms, shared, consenting) }],
} as const satisfies Readonly<Record<string, readonly [weight: number, Theme]>>;
export type ThemeName = keyof typeof THEMES;

/** What is asked for in place of a decision while there is nothing to decide. */
export const SOMETHING_TO_DECIDE: Request = { kind: 'step', run: 0, step: 'ask', other: false };

const begin = (index: number, limit: number): readonly Happening[] => [
  { does: 'ask', replica: 0, request: { kind: 'start', run: index, limit, later: false } },
  { does: 'settle' },
];
const story = ({ begins, terms: said = terms, first = one([]), ...theme }: Theme): fc.Arbitrary<Sequence> =>
  fc
    .record({
      ...{ replicas: fc.integer({ min: 2, max: 3 }), limit: fc.integer({ min: 2, max: 5 }), terms: said, first },
      rest: fc.array(happening(theme), { minLength: 8, maxLength: 30, size: 'max' }),
    })
    .map(({ replicas, terms: is, limit, first: before, rest }) => ({
      ...{ replicas, terms: is },
      happenings: [...begins.flatMap((index) => begin(index, index === 0 ? limit : 3)), ...before, ...rest],
    }));

const everything = fc.oneof(...Object.values(THEMES).map(([weight, theme]) => often(weight, story(theme))));
/** Stories, each about something, so that requests meet; every one begins with a run or some. */
export const sequencesAbout = (theme: ThemeName | undefined): fc.Arbitrary<Sequence> =>
  theme === undefined ? everything : story(THEMES[theme][1]);
