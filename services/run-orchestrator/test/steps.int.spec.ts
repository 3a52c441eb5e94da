import {
  cancelRun,
  claimCompletion,
  executeStep,
  getRun,
  getSession,
  getStep,
  httpFetch,
  listRuns,
  listSteps,
  openSession,
  rebuildProjectionsOf,
  revokeSession,
  startRun,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { rejected } from '@causeway/messaging';
import { DIGEST, fetchSucceeded } from './run.features.ts';
import {
  AGENT,
  GET,
  largeAnswer,
  newId,
  OPERATOR,
  POST,
  startSystem,
  valueOf,
  type System,
} from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);

describe('a step', () => {
  it('goes from the request to a sealed outcome, and says what it used and where it stands', async () => {
    const run = await system.run();
    const outcome = await system.step(run, 's1', GET);
    expect(outcome).toMatchObject({
      ...{ runId: run.runId, stepId: 's1', capability: httpFetch.id, state: 'succeeded', attempt: 1, rule: 'read' },
      result: { value: { status: 200, body: 'hello' }, untrusted: true },
      usage: { bytesIn: 20, bytesOut: 10 },
      budget: { steps: { limit: 50, used: 1, reserved: 0 } },
    });
    const events = await system.eventsOf(run.runId);
    expect(events.map(({ type }) => type)).toEqual([
      ...['run.started', 'step.requested', 'policy.decided', 'budget.reserved', 'step.started'],
      ...['budget.settled', 'step.succeeded'],
    ]);
    expect(events.at(-1)!.position).toBe(outcome.position);
    expect(new Set(events.map(({ scope }) => scope))).toEqual(new Set([run.runId]));
    expect(await system.view(run, outcome.position)).toMatchObject({ state: 'active', budget: outcome.budget });
  });

  it('leaves nothing to its provider before its intent is sealed, and grants exactly what was asked', async () => {
    const run = await system.run();
    let sealed: readonly string[] = [];
    system.provider.answerWith(async (call) => {
      sealed = (await system.eventsOf(run.runId)).map(({ type }) => type);
      return system.provider.seal(call);
    });
    await system.step(run, 's1', GET);
    expect(sealed.at(-1)).toBe('step.started');
    const { grant, input } = system.provider.calls[0]!;
    expect(input).toEqual(GET);
    expect(grant).toMatchObject({
      runId: run.runId,
      sessionId: run.sessionId,
      agentId: AGENT.id,
      stepId: 's1',
      rule: 'read',
    });
  });

  it('that policy denies is recorded with its rule and never reaches a provider', async () => {
    const run = await system.run();
    const outcome = await system.step(run, 's1', { ...GET, url: 'http://elsewhere.example/' });
    expect(outcome).toMatchObject({
      state: 'denied',
      rejection: {
        code: 'POLICY_DENIED',
        rule: 'default-deny',
        allowed: expect.arrayContaining([expect.stringContaining('Read the site')]),
      },
    });
    expect(system.provider.calls).toEqual([]);
    expect((await system.eventsOf(run.runId)).at(-1)).toMatchObject({
      type: 'step.denied',
      position: outcome.position,
    });
  });

  it('is one call and one answer when it is asked for twice at once, and later', async () => {
    const run = await system.run();
    const [first, second] = await Promise.all([system.step(run, 's1', POST), system.step(run, 's1', POST)]);
    const { budget: _, ...answer } = first!;
    expect(second).toMatchObject(answer);
    expect(await system.step(run, 's1', POST)).toMatchObject(answer);
    expect(await system.outcome(run, 's1')).toMatchObject(answer);
    expect(system.provider.calls).toHaveLength(1);
  });

  it('is refused under an id that stands for another step', async () => {
    const run = await system.run();
    await system.step(run, 's1', GET);
    expect(codeOf(await system.stepAsk(run, 's1', POST))).toBe('STEP_ID_REUSED');
  });

  it('whose result is large names the resource that keeps it', async () => {
    const run = await system.run();
    system.provider.answerWith(async (call) => largeAnswer(call));
    const { result } = await system.step(run, 's1', GET);
    expect(result).toEqual({ resourceId: expect.stringMatching(/^res_/), untrusted: true });
    expect(system.kept.at(-1)).toMatchObject({ ...run, stepId: 's1', resourceId: result?.resourceId });
  });

  it('fails as its provider says, and counts as used', async () => {
    const run = await system.run();
    system.provider.answerWith(async () => rejected('UPSTREAM_UNREACHABLE', 'nobody home'));
    expect(await system.step(run, 's1', POST)).toMatchObject({
      ...{ state: 'failed', rejection: { code: 'UPSTREAM_UNREACHABLE', detail: 'nobody home' } },
      budget: { steps: { used: 1, reserved: 0 } },
    });
  });

  it('fails, and harms nothing, when its provider answers nonsense', async () => {
    const run = await system.run();
    system.provider.answerWith(async () => ({ ok: true, value: { hello: 'world' } }) as never);
    expect(await system.step(run, 's1', GET)).toMatchObject({
      state: 'failed',
      rejection: { code: 'CAPABILITY_UNAVAILABLE', detail: expect.stringContaining('contract') },
    });
    system.provider.reset();
    expect(await system.step(run, 's2', GET)).toMatchObject({ state: 'succeeded' });
  });

  it('is refused with the fields that do not fit', async () => {
    const run = await system.run();
    const ask = (capability: string, input: object) =>
      system.ask(executeStep, { ...run, stepId: 's1', capability, input: input as never }, AGENT);
    expect(await ask('no.such', {})).toMatchObject({
      rejection: { code: 'CAPABILITY_UNKNOWN', errors: [{ path: 'capability' }] },
    });
    expect(await ask(httpFetch.id, { method: 'PUT' })).toMatchObject({
      rejection: { code: 'CAPABILITY_INPUT_INVALID', errors: [{ path: 'input.url' }, { path: 'input.method' }] },
    });
    expect(await ask(httpFetch.id, { ...GET, body: 'half \ud800' })).toMatchObject({
      rejection: { code: 'CAPABILITY_INPUT_INVALID', errors: [{ path: 'input.body' }] },
    });
    expect(await ask(httpFetch.id, { ...POST, body: '€'.repeat(200_000) })).toMatchObject({
      rejection: { code: 'CAPABILITY_INPUT_INVALID', errors: [{ path: 'input' }] },
    });
    expect(await system.eventsOf(run.runId)).toHaveLength(1);
  });

  it('of a run of another session, of none, and of an agent that the run is not for, is not found', async () => {
    const run = await system.run();
    const other = { runId: run.runId, sessionId: await system.session() };
    expect(codeOf(await system.stepAsk(other, 's1', GET))).toBe('RUN_NOT_FOUND');
    expect(codeOf(await system.stepAsk({ ...run, runId: newId('run') }, 's1', GET))).toBe('RUN_NOT_FOUND');
    const step = { ...run, stepId: 's1', capability: httpFetch.id, input: { ...GET } };
    expect(codeOf(await system.ask(executeStep, step, { kind: 'agent', id: 'impostor' }))).toBe('RUN_NOT_FOUND');
    const question = { runId: run.runId, stepId: 's1', sessionId: other.sessionId };
    expect(codeOf(await system.ask(getStep, question, AGENT))).toBe('RUN_NOT_FOUND');
    expect(codeOf(await system.ask(getStep, { runId: run.runId, stepId: 's9' }, OPERATOR))).toBe('STEP_NOT_FOUND');
  });

  it('can be waited for', async () => {
    const run = await system.run();
    const { promise, resolve } = Promise.withResolvers<void>();
    system.provider.answerWith(async (call) => {
      await promise;
      return system.provider.seal(call);
    });
    const asked = system.step(run, 's1', GET);
    while (system.provider.calls.length === 0) await new Promise((done) => setTimeout(done, 5));
    expect(await system.outcome(run, 's1', 0)).toMatchObject({ state: 'started' });
    const waiting = system.outcome(run, 's1');
    resolve();
    expect(await waiting).toMatchObject({ state: 'succeeded', position: (await asked).position });
  });
});

describe('the steps of a run', () => {
  it('are listed oldest first, page by page, and not from an unknown place', async () => {
    const run = await system.run();
    let position = 0;
    for (const id of ['b', 'a', 'c']) ({ position } = await system.step(run, id, GET));
    const list = (more: object) =>
      system.ask(listSteps, { runId: run.runId, minPosition: position, ...more }, OPERATOR);
    const first = valueOf(await list({ limit: 2 }));
    expect(first).toMatchObject({
      steps: [{ stepId: 'b' }, { stepId: 'a', state: 'succeeded', rule: 'read' }],
      next: 'a',
    });
    const second = valueOf(await list({ limit: 2, after: first.next }));
    expect(second.steps.map(({ stepId }) => stepId)).toEqual(['c']);
    expect(second.next).toBeUndefined();
    expect(await list({ after: 'nowhere' })).toMatchObject({
      rejection: { code: 'REQUEST_INVALID', errors: [{ path: 'after' }] },
    });
    expect(codeOf(await list({ sessionId: newId('session') }))).toBe('RUN_NOT_FOUND');
  });
});

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
    expect(codeOf(await start({ predicate: { kind: 'always' } }))).toBe('REQUEST_INVALID');
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
    let view = await system.view(run);
    while (view.state === 'active') view = await system.view(run);
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
    ]);
    expect(projections[0]!.events).toBeGreaterThan(0);
  });
});
