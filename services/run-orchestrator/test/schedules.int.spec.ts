import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  cancelOccurrence,
  cancelRun,
  cancelSchedule,
  changeSchedule,
  createSchedule,
  getSchedule,
  listRuns,
  listSchedules,
  pauseSchedule,
  rebuildProjectionsOf,
  resumeSchedule,
  revokeSession,
  startRun,
  type DataOf,
  type RecordedEvent,
  type ReplyEnvelope,
  type ScheduleView,
} from '@causeway/contracts';
import type { ServiceProcess } from '@causeway/testing';
import { AGENT, GET, newId, OPERATOR, startSystem, valueOf, type System } from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);
const EVERY_SECOND = { kind: 'every', everyMs: 1_000 } as const;
const FOR_EVER = { goal: 'look', predicate: { kind: 'never' as const } };

type Asked = Parameters<typeof createData>[0];
const createData = (more: Partial<DataOf<typeof createSchedule>> & { sessionId: string }) => ({
  ...{ scheduleId: newId('schedule'), spec: EVERY_SECOND, template: FOR_EVER },
  ...more,
});
const create = (more: Asked) => system.ask(createSchedule, createData(more), OPERATOR);
const created = async (more: Partial<Asked> = {}): Promise<ScheduleView> =>
  valueOf(await create({ sessionId: more.sessionId ?? (await system.session()), ...more }));

async function seen(scheduleId: string, is: (view: ScheduleView) => boolean): Promise<ScheduleView> {
  for (;;) {
    const reply = await system.ask(getSchedule, { scheduleId }, OPERATOR);
    if (reply.ok && is(reply.value)) return reply.value;
    await setTimeout(50);
  }
}
const viewOf = async (scheduleId: string, { position }: { position: number }) =>
  valueOf(await system.ask(getSchedule, { scheduleId, minPosition: position }, OPERATOR));

describe('a schedule', () => {
  it('starts a run when it is due, in the append that says so', async () => {
    const { scheduleId, sessionId } = await created({ spec: { kind: 'delay', delayMs: 300 } });
    const { recent } = await seen(scheduleId, ({ state }) => state === 'ended');
    expect(recent).toMatchObject([{ state: 'running' }]);
    const { runId, occurrence } = recent[0]!;
    const [started] = await system.eventsOf(runId!);
    const fired = (await system.eventsOf(scheduleId)).find(({ type }) => type === 'schedule.fired');
    expect(started).toMatchObject({
      type: 'run.started',
      actor: { kind: 'clock' },
      data: { sessionId, schedule: { scheduleId, occurrence } },
    });
    const occupied = (await system.eventsOf(sessionId)).find(({ type }) => type === 'session.occupied');
    expect([occupied!.position, started!.position]).toEqual([fired!.position + 1, fired!.position + 2]);
    expect((await system.step({ runId: runId!, sessionId }, 's1', GET)).state).toBe('succeeded');
    const again = valueOf(await system.ask(cancelRun, { runId: runId!, reason: 'seen' }, OPERATOR));
    expect(again).toMatchObject({ state: 'cancelled', schedule: { scheduleId, occurrence } });
    const settled = await seen(scheduleId, (view) => view.recent[0]?.state !== 'running');
    expect(settled.recent).toMatchObject([{ state: 'cancelled', runId }]);
  });

  it('is the same when it is asked for again, and is refused with the reason', async () => {
    const sessionId = await system.session();
    const data = createData({ sessionId, spec: { kind: 'delay', delayMs: 3_600_000 } });
    const first = valueOf(await system.ask(createSchedule, data, OPERATOR));
    expect(valueOf(await system.ask(createSchedule, data, OPERATOR))).toEqual(first);
    expect(codeOf(await system.ask(createSchedule, { ...data, overlap: 'allow' }, OPERATOR))).toBe(
      'SCHEDULE_ALREADY_CREATED',
    );
    const spec = { kind: 'cron' as const, expression: '0 0 30 2 *', timeZone: 'UTC' };
    expect(codeOf(await create({ sessionId, spec }))).toBe('SCHEDULE_INVALID');
    expect(codeOf(await create({ sessionId: newId('session') }))).toBe('SESSION_NOT_FOUND');
    const template = { ...FOR_EVER, budget: { steps: 10_001 } };
    expect(codeOf(await create({ sessionId, template }))).toBe('BUDGET_ABOVE_LIMIT');
    const scheduleId = newId('schedule');
    for (const contract of [pauseSchedule, resumeSchedule, cancelSchedule, cancelOccurrence]) {
      expect(codeOf(await system.ask(contract, { scheduleId, reason: 'x' }, OPERATOR))).toBe('SCHEDULE_NOT_FOUND');
    }
    expect(codeOf(await system.ask(getSchedule, { scheduleId }, OPERATOR))).toBe('SCHEDULE_NOT_FOUND');
  });

  it('is paused, changed, resumed and cancelled, and listed for its own session', async () => {
    const { scheduleId, sessionId } = await created({ spec: { kind: 'every', everyMs: 3_600_000 } });
    const act = async (contract: typeof pauseSchedule) =>
      valueOf(await system.ask(contract, { scheduleId, reason: 'why not' }, OPERATOR));
    expect(await act(pauseSchedule)).toMatchObject({ state: 'paused', reason: 'why not', upcoming: [] });
    const spec = { kind: 'cron' as const, expression: '0 8 * * *', timeZone: 'Europe/Berlin' };
    expect(valueOf(await system.ask(changeSchedule, { scheduleId, spec }, OPERATOR))).toMatchObject({
      definition: { spec, overlap: 'skip' },
    });
    const resumed = await act(resumeSchedule);
    expect([resumed.state, resumed.upcoming.length]).toEqual(['active', 5]);
    const skipped = valueOf(await system.ask(cancelOccurrence, { scheduleId, reason: 'holiday' }, OPERATOR));
    expect(skipped.excluded).toEqual([resumed.upcoming[0]]);
    expect(skipped.upcoming.slice(0, 4)).toEqual(resumed.upcoming.slice(1));
    const cancelled = await act(cancelSchedule);
    expect(cancelled).toMatchObject({ state: 'cancelled', upcoming: [] });
    expect(await viewOf(scheduleId, cancelled)).toEqual(cancelled);
    const listed = valueOf(await system.ask(listSchedules, { sessionId }, AGENT)).schedules;
    expect(listed.map((one) => one.scheduleId)).toEqual([scheduleId]);
    expect(codeOf(await system.ask(getSchedule, { scheduleId, sessionId: newId('session') }, AGENT))).toBe(
      'SCHEDULE_NOT_FOUND',
    );
  });

  it('goes on when the run of one occurrence is cancelled by the name of the occurrence', async () => {
    const { scheduleId } = await created({ maxOccurrences: 2 });
    const { recent } = await seen(scheduleId, ({ fired }) => fired === 1);
    const { occurrence, runId } = recent[0]!;
    valueOf(await system.ask(cancelOccurrence, { scheduleId, occurrence, reason: 'not this one' }, OPERATOR));
    expect(await system.over({ runId: runId!, sessionId: '' })).toMatchObject({ state: 'cancelled' });
    expect(await seen(scheduleId, ({ fired }) => fired === 2)).toMatchObject({ state: 'ended' });
  });

  it('ends with its session', async () => {
    const { scheduleId, sessionId } = await created();
    valueOf(await system.ask(revokeSession, { sessionId, reason: 'token lost' }, OPERATOR));
    const { reason, fired } = await seen(scheduleId, ({ state }) => state === 'cancelled');
    expect(reason).toContain('revoked');
    const runs = valueOf(await system.ask(listRuns, { sessionId, state: 'active' }, OPERATOR)).runs;
    expect([runs, fired <= 1]).toEqual([[], true]);
  });
});

describe('a run that is started to begin later', () => {
  it('takes steps from its beginning on, when the clock makes it active', async () => {
    const run = { runId: newId('run'), sessionId: await system.session() };
    const startsAt = new Date(Date.now() + 3_000).toISOString();
    const data = { ...run, goal: 'later', predicate: { kind: 'manual' as const }, startsAt };
    const scheduled = valueOf(await system.ask(startRun, data, OPERATOR));
    expect(scheduled).toMatchObject({ state: 'scheduled', startsAt });
    while ((await system.view(run, scheduled.position)).state === 'scheduled') await setTimeout(50);
    expect((await system.step(run, 's1', GET)).state).toBe('succeeded');
    const activated = (await system.eventsOf(run.runId)).find(({ type }) => type === 'run.activated');
    expect(activated).toMatchObject({ actor: { kind: 'clock' } });
    expect((activated!.data as { at: string }).at >= startsAt).toBe(true);
  });

  it('takes no step before, and spends nothing', async () => {
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    const run = { runId: newId('run'), sessionId: await system.session() };
    const data = { ...run, goal: 'later', predicate: { kind: 'manual' as const }, startsAt };
    const { position, ...view } = valueOf(await system.ask(startRun, data, OPERATOR));
    expect(view).toMatchObject({ state: 'scheduled', startsAt, budget: { wallClockMs: { used: 0 } } });
    expect(await system.view(run, position)).toMatchObject({ runId: run.runId, startsAt });
    expect(codeOf(await system.stepAsk(run, 's1', GET))).toBe('RUN_NOT_ACTIVE');
  });

  it('is cancelled before, and ends with its session', async () => {
    const startsAt = new Date(Date.now() + 3_600_000).toISOString();
    const run = await system.run({ startsAt });
    expect(valueOf(await system.ask(cancelRun, { runId: run.runId, reason: 'x' }, OPERATOR)).state).toBe('cancelled');
    const other = await system.run({ startsAt });
    valueOf(await system.ask(revokeSession, { sessionId: other.sessionId, reason: 'x' }, OPERATOR));
    expect((await system.over(other)).state).toBe('cancelled');
  });
});

describe('schedules on three replicas that die at random', () => {
  const SCHEDULES = 10;
  const EACH = 10;
  const KILLS = 9;
  const replicas: ServiceProcess[] = [];
  afterAll(() => Promise.all(replicas.map((replica) => replica.kill())));

  /** Ends one replica after another with SIGKILL, at any moment of its work, and starts it again. */
  async function unrest(): Promise<void> {
    for (let kills = 0; kills < KILLS; kills++) {
      await setTimeout(randomInt(100, 1_500));
      const index = kills % replicas.length;
      await replicas[index]!.kill('SIGKILL');
      replicas[index] = await system.replica(`replica-${index}`);
    }
  }

  it('start each of 100 occurrences exactly once', async () => {
    for (const index of [0, 1, 2]) replicas.push(await system.replica(`replica-${index}`));
    await system.killOrchestrator('SIGKILL');
    const rules = { overlap: 'allow' as const, misfire: 'all' as const, graceMs: 1_000, maxOccurrences: EACH };
    const made = await Promise.all(Array.from({ length: SCHEDULES }, () => created(rules)));
    await unrest();
    for (const { scheduleId } of made) await seen(scheduleId, ({ state }) => state === 'ended');

    const runIds: string[] = [];
    for (const { scheduleId, definition } of made) {
      const fired = (await system.eventsOf(scheduleId)).filter(({ type }) => type === 'schedule.fired');
      const anchorMs = Date.parse((definition.spec as { anchorAt: string }).anchorAt);
      const due = Array.from({ length: EACH }, (_, index) => new Date(anchorMs + (index + 1) * 1_000).toISOString());
      expect(fired.map(({ data }) => (data as { occurrence: string }).occurrence)).toEqual(due);
      runIds.push(...fired.map(({ data }) => (data as { runId: string }).runId));
    }
    expect(new Set(runIds).size).toBe(SCHEDULES * EACH);
    const isStart = ({ type, version }: RecordedEvent) => type === 'run.started' && version === 1;
    for (const runId of runIds) expect((await system.eventsOf(runId)).filter(isStart)).toHaveLength(1);
    for (const { sessionId } of made) {
      const { runs } = valueOf(await system.ask(listRuns, { sessionId }, OPERATOR));
      expect(runs).toHaveLength(EACH);
    }
  }, 300_000);

  it('leave views that a rebuild finds equal', async () => {
    const { projections } = valueOf(await system.ask(rebuildProjectionsOf('run-orchestrator'), {}, OPERATOR));
    expect(projections.filter(({ equal }) => !equal)).toEqual([]);
  });
});
