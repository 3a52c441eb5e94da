import {
  cancelRun,
  claimCompletion,
  getRun,
  getSession,
  listRuns,
  openSession,
  rebuildProjectionsOf,
  revokeSession,
  startRun,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { DIGEST, fetchSucceeded } from './run.features.ts';
import { AGENT, GET, newId, OPERATOR, startSystem, valueOf, type System } from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);

describe('a run', () => {
  it('is done when the ledger shows what its predicate asks for, and not before', async () => {
    const run = await system.run({ predicate: fetchSucceeded(1) });
    const claim = () => system.ask(claimCompletion, { ...run }, AGENT);
    expect(codeOf(await claim())).toBe('CLAIM_NOT_PROVEN');
    await system.step(run, 's1', GET);
    const done = valueOf(await claim());
    expect(done).toMatchObject({ state: 'done', claimed: true, verified: true });
    expect(valueOf(await claim())).toMatchObject({ state: 'done', position: done.position, endedAt: done.endedAt });
    const { budget: _, ...view } = await system.view(run, done.position);
    expect(done).toMatchObject(view);
  });

  it('is the same run when it is started again, also once its session is revoked', async () => {
    const run = await system.run();
    const data = { ...run, goal: 'find out', predicate: { kind: 'manual' as const } };
    const again = () => system.ask(startRun, data, OPERATOR);
    expect(valueOf(await again())).toMatchObject({ runId: run.runId, state: 'active' });
    expect(codeOf(await system.ask(startRun, { ...data, goal: 'other' }, OPERATOR))).toBe('RUN_ALREADY_STARTED');
    valueOf(await system.ask(revokeSession, { sessionId: run.sessionId, reason: 'over' }, OPERATOR));
    expect(valueOf(await again())).toMatchObject({ runId: run.runId, state: 'cancelled' });
    expect(codeOf(await system.ask(startRun, { ...data, runId: newId('run') }, OPERATOR))).toBe('SESSION_REVOKED');
  });

  it('is refused with the reason', async () => {
    const sessionId = await system.session();
    const start = (more: object) =>
      system.ask(
        startRun,
        { runId: newId('run'), sessionId, goal: 'x', predicate: { kind: 'manual' as const }, ...more },
        OPERATOR,
      );
    expect(codeOf(await start({ sessionId: newId('session') }))).toBe('SESSION_NOT_FOUND');
    expect(codeOf(await start({ budget: { steps: 10_001 } }))).toBe('BUDGET_ABOVE_LIMIT');
    expect(codeOf(await start({ predicate: { kind: 'capability_succeeded', capability: 'no.such' } }))).toBe(
      'CAPABILITY_UNKNOWN',
    );
    expect(codeOf(await start({ predicate: { kind: 'whenever' } }))).toBe('REQUEST_INVALID');
    expect(codeOf(await start({ goal: 'half \ud800' }))).toBe('REQUEST_INVALID');
  });

  it('ends with its session, for good', async () => {
    const sessionId = await system.session();
    const runs = [await system.run({ sessionId }), await system.run({ sessionId })];
    const revoked = valueOf(await system.ask(revokeSession, { sessionId, reason: 'token lost' }, OPERATOR));
    expect(revoked).toMatchObject({ state: 'revoked' });
    for (const run of runs) {
      expect(codeOf(await system.stepAsk(run, 's1', GET))).toBe('RUN_NOT_ACTIVE');
      expect((await system.eventsOf(run.runId)).at(-1)).toMatchObject({
        type: 'run.cancelled',
        data: { reason: 'the session was revoked' },
      });
    }
    expect(valueOf(await system.ask(revokeSession, { sessionId, reason: 'again' }, OPERATOR))).toEqual(revoked);
  });

  it('that starts while its session is revoked does not go on', async () => {
    const sessionId = await system.session();
    const starting = Array.from({ length: 8 }, () => ({ runId: newId('run'), sessionId }));
    const started = starting.map((run) =>
      system.ask(startRun, { ...run, goal: 'x', predicate: { kind: 'manual' } }, OPERATOR),
    );
    valueOf(await system.ask(revokeSession, { sessionId, reason: 'token lost' }, OPERATOR));
    await Promise.all(started);
    for (const run of starting) {
      expect(['RUN_NOT_ACTIVE', 'RUN_NOT_FOUND']).toContain(codeOf(await system.stepAsk(run, 's1', GET)));
    }
  });

  it('is cancelled by its own agent and by no other', async () => {
    const run = await system.run();
    const cancel = (sessionId: string) =>
      system.ask(cancelRun, { runId: run.runId, sessionId, reason: 'enough' }, AGENT);
    expect(codeOf(await cancel(await system.session()))).toBe('RUN_NOT_FOUND');
    expect(codeOf(await system.ask(cancelRun, { runId: run.runId, reason: 'enough' }, AGENT))).toBe('RUN_NOT_FOUND');
    expect(valueOf(await cancel(run.sessionId))).toMatchObject({ state: 'cancelled', endReason: 'enough' });
  });

  it('is ended by the clock when its time is up', async () => {
    const run = await system.run({ budget: { wallClockMs: 1_000 } });
    const view = await system.over(run);
    expect(view).toMatchObject({ state: 'failed', endReason: expect.stringContaining('BUDGET_WALL_CLOCK_EXHAUSTED') });
    expect((await system.eventsOf(run.runId)).at(-1)).toMatchObject({ type: 'run.failed', actor: { kind: 'clock' } });
  });

  it('is listed newest first, to its own session only when one is named', async () => {
    const sessionId = await system.session();
    const runs = [await system.run({ sessionId }), await system.run({ sessionId })];
    const position = valueOf(await system.ask(cancelRun, { runId: runs[0]!.runId, reason: 'x' }, OPERATOR)).position;
    await system.view(runs[0]!, position);
    const listed = valueOf(await system.ask(listRuns, { sessionId }, AGENT)).runs.map(({ runId }) => runId);
    expect(listed).toEqual(
      runs
        .map(({ runId }) => runId)
        .sort()
        .reverse(),
    );
    const active = valueOf(await system.ask(listRuns, { sessionId, state: 'active' }, AGENT)).runs;
    expect(active.map(({ runId }) => runId)).toEqual([runs[1]!.runId]);
    expect(codeOf(await system.ask(getRun, { runId: runs[1]!.runId, sessionId: newId('session') }, AGENT))).toBe(
      'RUN_NOT_FOUND',
    );
  });
});

describe('a session', () => {
  it('is opened once, and its id stands for nothing else', async () => {
    const sessionId = newId('session');
    const open = (tokenSha256: string) =>
      system.ask(openSession, { sessionId, agentId: AGENT.id, tokenSha256 }, OPERATOR);
    const first = valueOf(await open(DIGEST));
    expect(valueOf(await open(DIGEST))).toEqual(first);
    expect(codeOf(await open('0'.repeat(64)))).toBe('SESSION_ALREADY_OPENED');
    expect(codeOf(await system.ask(getSession, { sessionId: newId('session') }, OPERATOR))).toBe('SESSION_NOT_FOUND');
  });
});

describe('the views', () => {
  it('are rebuilt equal while steps run', async () => {
    const run = await system.run();
    let asked = 0;
    let stop = false;
    const busy = (async () => {
      while (!stop) await system.step(run, `s${asked++}`, GET).catch(() => {});
    })();
    const { projections } = valueOf(await system.ask(rebuildProjectionsOf('run-orchestrator'), {}, OPERATOR));
    stop = true;
    await busy;
    expect(projections.map(({ projection, equal }) => [projection, equal])).toEqual([
      ['session_view', true],
      ['run_view', true],
      ['step_view', true],
      ['approval_view', true],
      ['schedule_view', true],
      ['capability_view', true],
      ['grant_view', true],
      ['pool_view', true],
    ]);
    expect(projections[0]!.events).toBeGreaterThan(0);
  });
});
