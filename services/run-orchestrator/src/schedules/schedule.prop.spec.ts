import { fold, type Recorded } from '@causeway/eventing';
import fc from 'fast-check';
import { atMs } from '../../test/run.features.ts';
import * as example from '../../test/schedule.features.ts';
import { MINUTE, SCHEDULE, type ScheduleEvent } from '../../test/schedule.features.ts';
import { nextOccurrence } from './domain/next-occurrence.ts';
import { scheduleDecider } from './domain/schedule.decide.ts';
import { stateOf, type CreatedSchedule } from './domain/schedule.ts';
import { scheduleViewOf } from './schedule-view.ts';
import { schedulesProjection, type ScheduleDocument } from './schedules.projection.ts';

const spec = fc.constantFrom(
  { kind: 'every' as const, everyMs: MINUTE, anchorAt: atMs(0) },
  { kind: 'every' as const, everyMs: 7 * MINUTE + 1, anchorAt: atMs(-MINUTE) },
  { kind: 'cron' as const, expression: '*/3 * * * *', timeZone: 'Asia/Kathmandu' },
  { kind: 'at' as const, at: atMs(5 * MINUTE) },
);
const definition = fc.record(
  {
    spec,
    overlap: fc.constantFrom('skip', 'queue', 'allow'),
    misfire: fc.constantFrom('skip', 'once', 'all'),
    graceMs: fc.constantFrom(1_000, 90_000),
    onFailure: fc.constantFrom('continue', 'pause', 'backoff'),
    maxOccurrences: fc.integer({ min: 1, max: 6 }),
    until: fc.integer({ min: 10, max: 60 }).map((minutes) => atMs(minutes * MINUTE)),
  },
  { requiredKeys: ['spec', 'overlap', 'misfire', 'graceMs', 'onFailure'] },
);

/** What happens next, this long after what happened before. */
type Move = {
  readonly afterMs: number;
  readonly do: 'look' | 'end' | 'pause' | 'resume' | 'exclude' | 'change' | 'cancel';
};
const move: fc.Arbitrary<Move> = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 3 * MINUTE }), fc.integer({ min: 0, max: 40 * MINUTE })),
  do: fc.oneof(
    { weight: 12, arbitrary: fc.constant('look' as const) },
    { weight: 6, arbitrary: fc.constant('end' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const, 'exclude' as const),
    },
    { weight: 1, arbitrary: fc.constantFrom('change' as const, 'cancel' as const, 'look' as const) },
  ),
});
const OUTCOMES = ['done', 'failed', 'cancelled'] as const;

function commandFor({ do: what }: Move, schedule: CreatedSchedule, ms: number) {
  switch (what) {
    case 'pause':
      return example.pause(ms);
    case 'resume':
      return example.resume(ms);
    case 'exclude':
      return example.exclude(ms);
    case 'change':
      return example.change({ overlap: 'allow' }, ms);
    case 'cancel':
      return example.cancel(ms);
    case 'look':
    case 'end': {
      const ended = what === 'end' ? schedule.open.slice(0, 1) : [];
      const outcome = OUTCOMES[ms % 3]!;
      return example.turnAt(schedule, ms, { ended: ended.map((run) => ({ ...run, outcome })) });
    }
  }
}

/** `before`: the schedule as it was before this event. */
type Told = { readonly event: ScheduleEvent; readonly atMs: number; readonly before: CreatedSchedule };

function play(
  more: object,
  moves: readonly Move[],
): { events: readonly ScheduleEvent[]; told: readonly Told[]; runs: readonly string[] } {
  const events = [...example.history(example.create(more))];
  const told: Told[] = [];
  const runs: string[] = [];
  let schedule = example.stateAfter(events);
  let ms = 0;
  for (const one of moves) {
    ms += one.afterMs;
    const decision = scheduleDecider.decide(commandFor(one, schedule, ms), schedule);
    if (!decision.accepted) continue;
    for (const event of decision.events) {
      events.push(event);
      told.push({ event, atMs: ms, before: schedule });
      schedule = scheduleDecider.evolve(schedule, event) as CreatedSchedule;
    }
    runs.push(...(decision.also ?? []).map(({ stream }) => stream).filter((stream) => stream.startsWith('run_')));
  }
  return { events, told, runs };
}

const games = [definition, fc.array(move, { maxLength: 60 })] as const;

describe('a schedule, whatever happens', () => {
  it('starts each of its occurrences at most once, not before it is due, and every run with its own mark', () => {
    fc.assert(
      fc.property(...games, (more, moves) => {
        const { told, runs } = play(more, moves);
        const fired = told.flatMap(({ event, atMs: ms }) =>
          event.type === 'schedule.fired' ? [{ ...event.data, ms }] : [],
        );
        expect(new Set(fired.map(({ occurrence }) => occurrence)).size).toBe(fired.length);
        expect(fired.map(({ runId }) => runId)).toEqual(runs);
        for (const { occurrence, ms } of fired) {
          expect(occurrence > atMs(0) && occurrence <= atMs(ms)).toBe(true);
          const before = new Date(Date.parse(occurrence) - 1).toISOString();
          expect(nextOccurrence({ spec: more.spec }, before)).toBe(occurrence);
        }
      }),
    );
  });

  it('keeps to its overlap rule, to the number of its runs and to its last instant', () => {
    fc.assert(
      fc.property(...games, (more, moves) => {
        const { told } = play(more, moves);
        const fired = told.filter(({ event }) => event.type === 'schedule.fired');
        expect(fired.length).toBeLessThanOrEqual(more.maxOccurrences ?? Infinity);
        for (const { event, before } of fired) {
          if (before.definition.overlap !== 'allow') expect(before.open).toEqual([]);
          if (more.until !== undefined && event.type === 'schedule.fired')
            expect(event.data.occurrence <= more.until).toBe(true);
        }
      }),
    );
  });

  it('leaves out no occurrence in silence while it is active', () => {
    fc.assert(
      fc.property(spec, fc.array(fc.integer({ min: 0, max: 20 * MINUTE }), { maxLength: 20 }), (due, waits) => {
        const moves = waits.map((afterMs): Move => ({ afterMs, do: 'look' }));
        const quiet = Array.from({ length: 150 }, (): Move => ({ afterMs: 0, do: 'look' }));
        const { told } = play({ spec: due, overlap: 'allow', misfire: 'all' }, [...moves, ...quiet]);
        const end = atMs(waits.reduce((sum, wait) => sum + wait, 0));
        const expected: string[] = [];
        let next = nextOccurrence({ spec: due }, atMs(0));
        while (next !== undefined && next <= end) {
          expected.push(next);
          next = nextOccurrence({ spec: due }, next);
        }
        const dealtWith = told.flatMap(({ event: { type, data } }) => {
          if (type === 'schedule.fired') return [data.occurrence];
          return type === 'schedule.skipped'
            ? expected.filter((one) => one >= data.occurrence && one <= data.through)
            : [];
        });
        expect(dealtWith).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('is shown by its view as its own events say', () => {
    fc.assert(
      fc.property(...games, (more, moves) => {
        const { events } = play(more, moves);
        const schedule = fold(scheduleDecider, events) as CreatedSchedule;
        const document = events.reduce<ScheduleDocument | undefined>((view, event, position) => {
          const place = { stream: SCHEDULE, scope: SCHEDULE, position, version: position + 1, id: `e${position}` };
          const recorded = {
            ...event,
            ...place,
            time: atMs(0),
            actor: { kind: 'clock', id: 'o' },
          } as unknown as Recorded;
          return schedulesProjection.evolve(view, recorded, SCHEDULE);
        }, undefined)!;
        const { state, dueAt, position, ...rest } = document;
        expect(rest).toEqual(schedule);
        expect(state).toBe(stateOf(schedule));
        expect(dueAt).toBe(schedule.queued ?? schedule.nextAt);
        expect(scheduleViewOf(rest, position).upcoming.length).toBeLessThanOrEqual(5);
      }),
    );
  });
});
