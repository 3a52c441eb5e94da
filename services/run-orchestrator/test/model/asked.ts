import fc from 'fast-check';
import type { AnnouncementName } from './capabilities.ts';
import { NEWEST_OF_SCHEDULE, type KillScope, type Request, type ResumeOn } from './requests.ts';
import { APPROVERS, SIGNALS, STEPS, SUBGOALS, type StepName } from './scene.ts';
import { TIMETABLE_NAMES } from './timetable.ts';

export type Weighted<Value> = { readonly weight: number; readonly arbitrary: fc.Arbitrary<Value> };
export const often = <Value>(weight: number, arbitrary: fc.Arbitrary<Value>): Weighted<Value> => ({
  weight,
  arbitrary,
});
export const one = <const Value>(value: Value): fc.Arbitrary<Value> => fc.constant(value);

/** The first run is asked for most, so that requests meet. */
const run = fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 2, 2);
const anyRun = fc.constantFrom(0, 0, 0, 2, 2, 3, 3, 1, 4, NEWEST_OF_SCHEDULE);
const step = (...names: readonly StepName[]) => fc.constantFrom(...names);
const pick = fc.constantFrom(0, 0, 0, 1);
const by = fc.constantFrom(...APPROVERS, 'ann', 'ann', 'bob');
/** Mostly somebody who may decide. */
const person = fc.constantFrom('ann', 'bob', 'ann', 'bob', ...APPROVERS);
const wrong = fc.constantFrom(
  'nothing' as const,
  'nothing' as const,
  'nothing' as const,
  'digest' as const,
  'statement' as const,
);
const id = fc.integer({ min: 1, max: 3 });
export const rarely = fc.constantFrom(false, false, false, true);
const TUNNELLED = ['tunnel', 'tunnel-asking'] as const;
const FORWARDED = ['forward', 'forward-out', 'forward-asking', ...TUNNELLED] as const;
const ECHOED = ['echo', 'ask-to-echo'] as const;
const FETCHED = (Object.keys(STEPS) as StepName[]).filter((name) => ![...FORWARDED, ...ECHOED].includes(name as never));

const start = fc.record({
  kind: one('start'),
  run: anyRun.map((index) => index % 5),
  limit: fc.integer({ min: 2, max: 5 }),
  later: rarely,
});
export const stepOf = (of: fc.Arbitrary<number>, ...names: readonly StepName[]) =>
  fc.record({ kind: one('step'), run: of, step: step(...names), other: rarely });
const grant = fc.record({ kind: one('grant'), pick, by, wrong });

/** What every story has. */
export const CORE: readonly Weighted<Request>[] = [
  often(3, start),
  often(20, stepOf(run, ...FETCHED, 'read', 'read', 'read', 'write', 'write', 'ask')),
  often(5, grant),
  often(2, fc.record({ kind: fc.constantFrom('deny' as const, 'return' as const), pick, by })),
  often(3, fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const), run, id })),
  often(2, fc.record({ kind: fc.constantFrom('claim' as const, 'claim' as const, 'cancel' as const), run: anyRun })),
  often(
    2,
    fc.record({ kind: fc.constantFrom('claim' as const, 'complete' as const), run: fc.constantFrom(0, 0, 0, 2) }),
  ),
  often(
    1,
    fc.record({
      kind: one('extend'),
      run,
      meter: fc.constantFrom('steps' as const, 'wallClockMs' as const),
      id,
      byAgent: rarely,
    }),
  ),
  often(1, fc.record({ kind: one('revoke'), session: fc.constantFrom(0, 0, 1, 3) })),
];

export const GRANTS: readonly Weighted<Request>[] = [
  often(
    14,
    stepOf(fc.constantFrom(0, 0, 2, 3), 'ask-to-read', 'ask-to-read-again', 'ask-to-read-more', 'ask', 'ask-again'),
  ),
  often(
    12,
    fc.record({
      kind: one('grant-more'),
      pick,
      by: person,
      wrong,
      uses: fc.constantFrom(1, 1, 2),
      forMs: fc.constantFrom(40_000, 40_000, 400_000, -1),
    }),
  ),
  often(4, fc.record({ kind: one('revoke-grant'), nth: fc.nat({ max: 1 }), id })),
];
export const LIFE: readonly Weighted<Request>[] = [
  often(
    6,
    fc.record({
      kind: one('wait'),
      run,
      id,
      name: fc.constantFrom(...SIGNALS),
      cause: fc.constantFrom('external-event' as const, 'external-event' as const, 'operator' as const),
    }),
  ),
  often(
    8,
    fc.record({ kind: one('signal'), run, id: fc.integer({ min: 1, max: 4 }), name: fc.constantFrom(...SIGNALS) }),
  ),
  often(
    7,
    fc.record({
      kind: one('checkpoint'),
      run,
      id,
      body: fc.nat({ max: 1 }),
      resume: fc.constantFrom<ResumeOn>('manual', ...SIGNALS, 30_000, 200_000),
    }),
  ),
  often(4, fc.record({ kind: one('resume'), run, id })),
  often(2, fc.record({ kind: one('hear'), run })),
  often(5, stepOf(one(2), 'read', 'write', 'read-badly', 'write-badly')),
  often(2, fc.record({ kind: one('claim'), run: one(2) })),
];
export const LATER: readonly Weighted<Request>[] = [
  often(
    3,
    fc.record({
      kind: one('start'),
      run: fc.constantFrom(1, 1, 1, 0),
      limit: one(3),
      later: fc.constantFrom(true, true, false),
    }),
  ),
  often(6, stepOf(one(1), 'read', 'read', 'write', 'ask')),
  often(2, fc.record({ kind: fc.constantFrom('claim' as const, 'cancel' as const, 'hear' as const), run: one(1) })),
  often(1, fc.record({ kind: one('kill'), scope: one('run'), id, run: one(1), nth: one(0) })),
];
export const GOALS: readonly Weighted<Request>[] = [
  often(16, stepOf(one(3), 'read', 'ask-to-read', 'read-badly', 'write', 'ask-to-read-again')),
  often(
    12,
    fc.record({
      kind: one('claim-subgoal'),
      run: fc.constantFrom(3, 3, 3, 0),
      subgoal: fc.constantFrom(...SUBGOALS, 'g1', 'g2'),
    }),
  ),
  often(
    6,
    fc.record({
      kind: one('add-subgoal'),
      run: fc.constantFrom(3, 3, 0),
      subgoal: fc.constantFrom('g2', 'g3', 'g4'),
      other: rarely,
      byAgent: rarely,
    }),
  ),
  often(4, fc.record({ kind: one('claim'), run: one(3) })),
];
const scope = fc.constantFrom<KillScope>('step', 'step', 'step', 'run', 'run', 'session', 'agent', 'everything');
export const KILLS: readonly Weighted<Request>[] = [
  often(
    6,
    fc.record({ kind: one('kill'), scope, id, run: fc.constantFrom(0, 0, 0, 2, 3, 4), nth: fc.constantFrom(0, 0, 1) }),
  ),
  often(3, fc.record({ kind: one('lift'), nth: fc.constantFrom(0, 0, 1) })),
  often(2, fc.record({ kind: one('open'), other: rarely })),
  often(3, fc.record({ kind: one('start'), run: fc.constantFrom(4, 3), limit: one(3), later: one(false) })),
  often(6, stepOf(fc.constantFrom(0, 0, 3, 4), 'read', 'write', 'ask')),
];
/** Calls that take long, and are stopped meanwhile. */
export const STOPS: readonly Weighted<Request>[] = [
  often(8, stepOf(run, 'read', 'read', 'write', 'echo', 'ask')),
  often(8, fc.record({ kind: one('kill'), scope: one('step'), id: fc.integer({ min: 1, max: 5 }), run, nth: one(0) })),
];
const schedule = fc.constantFrom(0, 0, 0, 1);
const overlap = fc.constantFrom('skip' as const, 'queue' as const, 'allow' as const);
export const SCHEDULES: readonly Weighted<Request>[] = [
  often(
    7,
    fc.record({
      ...{
        kind: one('create-schedule'),
        schedule,
        session: fc.constantFrom(1, 1, 1, 2),
        timetable: fc.constantFrom(...TIMETABLE_NAMES, 'every-45-s' as const),
        overlap,
      },
      misfire: fc.constantFrom('skip' as const, 'once' as const, 'all' as const),
      onFailure: fc.constantFrom('continue' as const, 'pause' as const, 'backoff' as const),
      most: fc.constantFrom(undefined, undefined, 2),
    }),
  ),
  often(
    2,
    fc.record({ kind: one('change-schedule'), schedule, timetable: fc.constantFrom(...TIMETABLE_NAMES), overlap }),
  ),
  often(
    3,
    fc.record({
      kind: fc.constantFrom('pause-schedule' as const, 'resume-schedule' as const, 'resume-schedule' as const),
      schedule,
    }),
  ),
  often(1, fc.record({ kind: one('cancel-schedule'), schedule })),
  often(
    3,
    fc.record({ kind: one('cancel-occurrence'), schedule, which: fc.constantFrom<number | 'next'>('next', 0, 1, 2) }),
  ),
  often(6, stepOf(one(NEWEST_OF_SCHEDULE), 'read', 'write')),
  often(
    5,
    fc.record({
      kind: fc.constantFrom('claim' as const, 'claim' as const, 'cancel' as const),
      run: one(NEWEST_OF_SCHEDULE),
    }),
  ),
];
export const POOLS: readonly Weighted<Request>[] = [
  often(20, stepOf(fc.constantFrom(0, 2, 3), ...FETCHED, 'read', 'read', 'write', 'read-badly')),
  often(2, fc.record({ kind: one('extend-pool'), nth: fc.nat({ max: 2 }), id })),
  often(3, fc.record({ kind: one('extend'), run, meter: one('steps'), id, byAgent: one(false) })),
];
export const REGISTRY: readonly Weighted<Request>[] = [
  often(
    4,
    fc.record({
      kind: one('announce'),
      what: fc.constantFrom<AnnouncementName>('first', 'other', 'other', 'stricter', 'nothing', 'foreign'),
    }),
  ),
  often(14, stepOf(fc.constantFrom(0, 0, 2), ...ECHOED)),
];
export const FORWARDS: readonly Weighted<Request>[] = [
  often(
    14,
    fc.record({
      kind: one('forward'),
      run: fc.constantFrom(0, 0, 2),
      step: step(...FORWARDED, ...FORWARDED, 'tunnel'),
      other: rarely,
      wrong: rarely,
    }),
  ),
];
