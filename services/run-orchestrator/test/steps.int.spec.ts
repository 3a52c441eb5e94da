import { executeStep, getStep, httpFetch, listSteps, type ReplyEnvelope } from '@causeway/contracts';
import { rejected } from '@causeway/messaging';
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
    expect(await system.view(run, outcome.position)).toMatchObject({
      ...{ state: 'active', budget: { steps: outcome.budget.steps } },
    });
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
