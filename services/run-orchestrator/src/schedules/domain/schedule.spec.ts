import { atMs } from '../../../test/run.features.ts';
import {
  cancel,
  change,
  create,
  ended,
  exclude,
  given,
  history,
  looked,
  MINUTE,
  pause,
  resume,
  runOf,
  SCHEDULE,
  stateAfter,
  turnAt,
  type ScheduleEvent,
} from '../../../test/schedule.features.ts';
import { stateOf } from './schedule.ts';

/** What became of occurrences, in short. */
const told = (events: readonly ScheduleEvent[]): readonly string[] =>
  events.flatMap((event) => {
    switch (event.type) {
      case 'schedule.fired':
        return [`fired ${minuteOf(event.data.occurrence)}`];
      case 'schedule.queued':
        return [`queued ${minuteOf(event.data.occurrence)}`];
      case 'schedule.skipped':
        return [`${event.data.why} ${minuteOf(event.data.occurrence)} x${event.data.count}`];
      case 'schedule.settled':
        return [`${event.data.outcome} ${minuteOf(event.data.occurrence)}`];
      default:
        return [event.type];
    }
  });
const minuteOf = (occurrence: string): number => (Date.parse(occurrence) - Date.parse(atMs(0))) / MINUTE;
const codeOf = (decision: ReturnType<ReturnType<typeof given>['when']>) =>
  decision.accepted ? decision.events.map(({ type }) => type) : decision.rejection.code;

const made = (more: Parameters<typeof create>[0] = {}) => history(create(more));

describe('a schedule', () => {
  it('is created once, and its id stands for nothing else', () => {
    expect(codeOf(given(...made()).when(create()))).toEqual([]);
    expect(codeOf(given(...made()).when(create({ overlap: 'allow' })))).toBe('SCHEDULE_ALREADY_CREATED');
  });

  it('is the same when it is asked for again later, though it counts from its creation', () => {
    const every = (ms: number) =>
      create({ spec: { kind: 'every', everyMs: MINUTE, anchorAt: atMs(ms), sinceCreation: true } }, ms);
    const delay = (ms: number) => create({ spec: { kind: 'at', at: atMs(ms + 5), delayMs: 5 } }, ms);
    const fixed = (ms: number) => create({ spec: { kind: 'every', everyMs: MINUTE, anchorAt: atMs(ms) } }, ms);
    expect(codeOf(given(...history(every(0))).when(every(7)))).toEqual([]);
    expect(codeOf(given(...history(delay(0))).when(delay(7)))).toEqual([]);
    expect(codeOf(given(...history(fixed(0))).when(fixed(7)))).toBe('SCHEDULE_ALREADY_CREATED');
  });

  it.each([
    ['spec', { spec: { kind: 'at' as const, at: atMs(0) } }],
    ['spec', { until: atMs(30_000) }],
    ['spec', { spec: { kind: 'cron' as const, expression: '0 0 30 2 *', timeZone: 'UTC' } }],
    ['spec.expression', { spec: { kind: 'cron' as const, expression: '61 * * * *', timeZone: 'UTC' } }],
    ['spec.expression', { spec: { kind: 'cron' as const, expression: '0 * * * * *', timeZone: 'UTC' } }],
    ['spec.timeZone', { spec: { kind: 'cron' as const, expression: '0 0 * * *', timeZone: 'Mars/Base' } }],
  ])('that would never be due is refused, naming %s: %j', (path, more) => {
    expect(given().when(create(more))).toMatchObject({
      accepted: false,
      rejection: { code: 'SCHEDULE_INVALID', errors: [{ path }] },
    });
  });

  it('starts nothing at its creation, and each occurrence when it is due', () => {
    const events = made();
    expect(looked(events, 0).events).toEqual([]);
    expect(looked(events, MINUTE - 1).events).toEqual([]);
    const { runs, events: fired } = looked(events, MINUTE);
    expect(told(fired)).toEqual(['fired 1']);
    expect(runs).toMatchObject([
      {
        ...{ stream: runOf(MINUTE), expected: 'none' },
        events: [
          {
            type: 'run.started',
            data: { runId: runOf(MINUTE), schedule: { scheduleId: SCHEDULE, occurrence: atMs(MINUTE) } },
          },
        ],
      },
    ]);
  });

  it('does nothing on what was worked out on another version of it', () => {
    const events = made();
    const command = turnAt(stateAfter(events), MINUTE);
    expect(codeOf(given(...events).when(command))).toEqual(['schedule.fired']);
    const moved = history(create(), exclude(1, 9 * MINUTE));
    expect(codeOf(given(...moved).when(command))).toEqual([]);
  });

  it('is due by its definition, not by when a run ended', () => {
    const first = looked(made(), MINUTE + 5_000).all;
    const second = looked(first, 2 * MINUTE - 1, { ended: [ended(MINUTE)] });
    expect(told(second.events)).toEqual(['done 1']);
    expect(told(looked(second.all, 2 * MINUTE).events)).toEqual(['fired 2']);
  });

  it('ends after as many runs as it may start, and at its last day', () => {
    const twice = looked(looked(made({ maxOccurrences: 2, overlap: 'allow' }), MINUTE).all, 2 * MINUTE).all;
    expect(stateOf(stateAfter(twice))).toBe('ended');
    expect(looked(twice, 3 * MINUTE).events).toEqual([]);
    expect(codeOf(given(...twice).when(pause(3 * MINUTE)))).toBe('SCHEDULE_NOT_ACTIVE');
    const until = looked(made({ until: atMs(MINUTE) }), MINUTE).all;
    expect(stateOf(stateAfter(until))).toBe('ended');
  });
});

describe('an occurrence that comes while a run before it is open', () => {
  const running = (overlap: 'skip' | 'queue' | 'allow') => looked(made({ overlap }), MINUTE).all;

  it('is left out', () => {
    expect(told(looked(running('skip'), 2 * MINUTE).events)).toEqual(['overlap 2 x1']);
  });

  it('waits, and those after it do not', () => {
    const waiting = looked(looked(running('queue'), 2 * MINUTE).all, 3 * MINUTE);
    expect(told(waiting.all.slice(2))).toEqual(['queued 2', 'overlap 3 x1']);
    const over = looked(waiting.all, 3 * MINUTE + 30_000, { ended: [ended(MINUTE)] });
    expect(told(over.events)).toEqual(['done 1', 'fired 2']);
    expect(told(looked(over.all, 4 * MINUTE).events)).toEqual(['queued 4']);
  });

  it('waits no longer once it was taken out', () => {
    const waiting = looked(running('queue'), 2 * MINUTE).all;
    const out = [...waiting, ...looked(waiting, 2 * MINUTE).events];
    const decision = given(...out).when(exclude(2 * MINUTE + 1));
    if (!decision.accepted) throw new Error('refused');
    const over = looked([...out, ...decision.events], 2 * MINUTE + 5_000, { ended: [ended(MINUTE)] });
    expect(told(over.events)).toEqual(['done 1', 'excluded 2 x1']);
    expect(told(looked(over.all, 3 * MINUTE).events)).toEqual(['fired 3']);
  });

  it('starts all the same', () => {
    expect(told(looked(running('allow'), 2 * MINUTE).events)).toEqual(['fired 2']);
  });
});

describe('occurrences that nobody could start in time', () => {
  const late = (misfire: 'skip' | 'once' | 'all') =>
    told(looked(made({ misfire, overlap: 'allow' }), 5 * MINUTE + 5_000).events);

  it('are left out', () => {
    expect(late('skip')).toEqual(['misfire 1 x4', 'fired 5']);
  });
  it('start one run between them, that of the last', () => {
    expect(late('once')).toEqual(['misfire 1 x4', 'fired 5']);
    expect(told(looked(made({ misfire: 'once' }), 5 * MINUTE + 50_000).events)).toEqual(['misfire 1 x4', 'fired 5']);
  });
  it('start a run each', () => {
    expect(late('all')).toEqual(['fired 1', 'fired 2', 'fired 3', 'fired 4', 'fired 5']);
  });
  it('are left out to the last one when all were late', () => {
    const { events, all } = looked(made({ misfire: 'skip' }), 5 * MINUTE + 50_000);
    expect(told(events)).toEqual(['misfire 1 x5']);
    expect(told(looked(all, 6 * MINUTE).events)).toEqual(['fired 6']);
  });
  it('are started up to a hundred, the newest', () => {
    const started = told(looked(made({ misfire: 'all', overlap: 'allow' }), 150 * MINUTE).events);
    expect([started.length, started[0], started[1]]).toEqual([101, 'misfire 1 x50', 'fired 51']);
  });
  it('are not counted for ever after a long time', () => {
    const { events, all } = looked(made({ misfire: 'once' }), 5_000 * MINUTE + 30_000);
    expect(told(events)).toEqual(['misfire 1 x1000']);
    expect(stateAfter(all).nextAt).toBe(atMs(5_001 * MINUTE));
  });
});

describe('one occurrence', () => {
  it('is taken out, and the series goes on', () => {
    const events = history(create(), exclude(1, 2 * MINUTE));
    const first = looked(events, MINUTE).all;
    const second = looked(first, 2 * MINUTE, { ended: [ended(MINUTE)] });
    expect(told(second.events)).toEqual(['done 1', 'excluded 2 x1']);
    expect(told(looked(second.all, 3 * MINUTE).events)).toEqual(['fired 3']);
    expect(stateAfter(second.all).excluded).toEqual([]);
  });

  it('is the next one when none is named, and the one after it when asked again', () => {
    const events = history(create(), exclude(1), exclude(2));
    expect(stateAfter(events).excluded).toEqual([atMs(MINUTE), atMs(2 * MINUTE)]);
  });

  it('has to be one of the series, and to come', () => {
    expect(codeOf(given(...made()).when(exclude(1, MINUTE + 1)))).toBe('OCCURRENCE_NOT_FOUND');
    const fired = looked(made(), MINUTE).all;
    expect(codeOf(given(...fired).when(exclude(MINUTE, MINUTE)))).toBe('OCCURRENCE_NOT_FOUND');
  });
});

describe('the series', () => {
  it('starts nothing while it is paused, and makes up for nothing afterwards', () => {
    const paused = history(create(), pause(1));
    expect(looked(paused, 10 * MINUTE).events).toEqual([]);
    const resumed = history(create(), pause(1), resume(10 * MINUTE + 1));
    expect(looked(resumed, 10 * MINUTE + 2).events).toEqual([]);
    expect(told(looked(resumed, 11 * MINUTE).events)).toEqual(['fired 11']);
  });

  it('is cancelled for good', () => {
    const events = history(create(), cancel(1));
    expect(looked(events, 10 * MINUTE).events).toEqual([]);
    expect(codeOf(given(...events).when(resume(2)))).toBe('SCHEDULE_NOT_ACTIVE');
    expect(codeOf(given(...events).when(cancel(2)))).toEqual([]);
  });

  it('is due by its new definition from the change on', () => {
    const spec = { kind: 'every' as const, everyMs: 10 * MINUTE, anchorAt: atMs(0) };
    const events = history(create(), change({ spec }, 30_000));
    expect(looked(events, 9 * MINUTE).events).toEqual([]);
    expect(told(looked(events, 10 * MINUTE).events)).toEqual(['fired 10']);
    expect(codeOf(given(...events).when(change({ spec }, 40_000)))).toEqual([]);
  });

  it('cannot be told to end before the runs that it has started', () => {
    const fired = looked(made(), MINUTE).all;
    expect(codeOf(given(...fired).when(change({ maxOccurrences: 1 }, MINUTE)))).toBe('SCHEDULE_INVALID');
  });
});

describe('a run that cannot be started', () => {
  const refused = (code: string) => ({ run: { ok: false as const, rejection: { code: code as never, detail: 'no' } } });

  it('ends the series when its session is revoked', () => {
    const { all } = looked(made(), MINUTE, refused('SESSION_REVOKED'));
    expect(all.at(-1)).toMatchObject({ type: 'schedule.cancelled', data: { why: 'session-revoked' } });
  });
  it('is left out with the code of the refusal, and the series goes on', () => {
    const { all, runs } = looked(made(), MINUTE, refused('BUDGET_ABOVE_LIMIT'));
    expect(all.at(-1)).toMatchObject({ data: { why: 'refused', code: 'BUDGET_ABOVE_LIMIT' } });
    expect(runs).toEqual([]);
    expect(told(looked(all, 2 * MINUTE).events)).toEqual(['fired 2']);
  });
  it('waits in the queue while its session is busy with another run, and is left out where nothing queues', () => {
    const busy = refused('SESSION_BUSY');
    const waiting = looked(made({ overlap: 'queue' }), MINUTE, busy);
    expect(told(waiting.events)).toEqual(['queued 1']);
    expect(looked(waiting.all, MINUTE + 1_000, busy).events).toEqual([]);
    expect(told(looked(waiting.all, MINUTE + 2_000).events)).toEqual(['fired 1']);
    expect(told(looked(made({ overlap: 'allow' }), MINUTE, busy).events)).toEqual(['refused 1 x1']);
  });
  it('is not started beside another run of its session when policy allows one, and is sealed with the session else', () => {
    const schedule = stateAfter(made());
    const command = turnAt(schedule, MINUTE);
    if (command.type !== 'turn' || !command.fire?.run.ok) throw new Error('nothing is due');
    const { run } = command.fire;
    const decided = (session: Partial<typeof run.session>, activeRuns: 'one' | 'many') => {
      const fire = { ...command.fire!, run: { ...run, activeRuns, session: { ...run.session, ...session } } };
      return given(...made()).when({ ...command, fire });
    };
    expect(decided({ runs: ['run_other'] }, 'one')).toMatchObject({ events: [{ data: { code: 'SESSION_BUSY' } }] });
    expect(decided({ state: 'revoked' }, 'many')).toMatchObject({ events: [{ type: 'schedule.cancelled' }] });
    expect(decided({ runs: ['run_other'], version: 7 }, 'many')).toMatchObject({
      events: [{ type: 'schedule.fired' }],
      also: [{ expected: 7, events: [{ type: 'session.occupied' }] }, { expected: 'none' }],
    });
  });
  it('starts nothing once what it is told to do was erased', () => {
    const [event] = made();
    const erased = { ...event!, erased: true } as ScheduleEvent;
    expect(looked([erased], MINUTE).all.at(-1)).toMatchObject({ type: 'schedule.cancelled', data: { why: 'erased' } });
  });
});

describe('a run that failed', () => {
  const failed = (onFailure: 'continue' | 'pause' | 'backoff') =>
    looked(looked(made({ onFailure }), MINUTE).all, MINUTE + 1_000, { ended: [ended(MINUTE, 'failed')] });

  it('does not end the series', () => {
    expect(told(looked(failed('continue').all, 2 * MINUTE).events)).toEqual(['fired 2']);
  });
  it('pauses it when that was asked for', () => {
    expect(told(failed('pause').events)).toEqual(['failed 1', 'schedule.paused']);
    expect(looked(failed('pause').all, 2 * MINUTE).events).toEqual([]);
  });
  it('makes it wait twice as long each time, until one is done', () => {
    const first = looked(failed('backoff').all, 2 * MINUTE);
    expect(told(first.events)).toEqual(['backoff 2 x1']);
    const second = looked(first.all, 3 * MINUTE);
    expect(told(second.events)).toEqual(['fired 3']);
    const again = looked(second.all, 3 * MINUTE + 1_000, { ended: [ended(3 * MINUTE, 'failed')] }).all;
    expect(stateAfter(again).failures).toBe(2);
    const later = looked(looked(looked(again, 4 * MINUTE).all, 5 * MINUTE).all, 6 * MINUTE);
    expect(told(later.all.slice(again.length))).toEqual(['backoff 4 x1', 'backoff 5 x1', 'fired 6']);
    const done = looked(later.all, 6 * MINUTE + 1_000, { ended: [ended(6 * MINUTE)] }).all;
    expect(stateAfter(done).failures).toBe(0);
  });
});
