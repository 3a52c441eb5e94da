import {
  checkpointRun,
  completeRun,
  executeStep,
  getRunCheckpoint,
  hearAgent,
  httpFetch,
  listSteps,
  pauseRun,
  resumeRun,
  signalRun,
  type ReplyEnvelope,
} from '@causeway/contracts';
import {
  AGENT,
  GET,
  largeAnswer,
  newId,
  OPERATOR,
  startSystem,
  valueOf,
  type Started,
  type System,
} from './system.features.ts';

const LEASE_MS = 6_000;
let system: System;
beforeAll(async () => {
  system = await startSystem({ runs: { agentLeaseMs: LEASE_MS, maxLifeMs: 60_000 } });
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);
const typesOf = async ({ runId }: Started) => (await system.eventsOf(runId)).map(({ type }) => type);
const wait = ({ runId, sessionId }: Started, more: object = {}) =>
  system.ask(
    pauseRun,
    { runId, sessionId, pauseId: newId('pause'), cause: 'external-event', name: 'paid', ...more },
    AGENT,
  );
const signal = ({ runId }: Started, name = 'paid', signalId = newId('signal')) =>
  system.ask(signalRun, { runId, signalId, name, data: { invoice: 7 } }, OPERATOR);
const checkpoint = ({ runId, sessionId }: Started, more: object = {}) => {
  const checkpointId = newId('checkpoint');
  const body = { page: 3, todo: ['read', 'write'] };
  return system.ask(
    checkpointRun,
    { runId, sessionId, checkpointId, body, note: 'half', resume: 'manual', ...more },
    AGENT,
  );
};

describe('a pause', () => {
  it('begins and ends by hand, with who and why in the ledger', async () => {
    const run = await system.run();
    const pauseId = newId('pause');
    const pause = () =>
      system.ask(pauseRun, { runId: run.runId, pauseId, cause: 'operator', reason: 'lunch' }, OPERATOR);
    const paused = valueOf(await pause());
    expect(paused).toMatchObject({ state: 'paused', pauseCause: 'operator', pauseDeadlineAt: expect.any(String) });
    expect(codeOf(await system.stepAsk(run, 's1', GET))).toBe('RUN_PAUSED');
    const resume = { runId: run.runId, resumeId: newId('pause'), reason: 'back' };
    expect(valueOf(await system.ask(resumeRun, resume, OPERATOR))).toMatchObject({ state: 'active' });
    expect(valueOf(await pause())).toMatchObject({ state: 'active' });
    expect((await system.eventsOf(run.runId)).slice(1)).toMatchObject([
      { type: 'run.paused', actor: OPERATOR, data: { reason: 'lunch' } },
      { type: 'run.resumed', actor: OPERATOR, data: { reason: 'back', by: OPERATOR.id } },
    ]);
  });

  it('is refused where it names no signal, asks for too long, or would be over', async () => {
    const run = await system.run();
    expect(codeOf(await wait(run, { name: undefined }))).toBe('REQUEST_INVALID');
    expect(codeOf(await wait(run, { cause: 'operator' }))).toBe('REQUEST_INVALID');
    expect(codeOf(await wait(run, { deadline: '2099-01-01T00:00:00Z' }))).toBe('PAUSE_REFUSED');
    expect(codeOf(await wait(run, { deadline: '2020-01-01T00:00:00Z' }))).toBe('PAUSE_REFUSED');
    expect(codeOf(await wait({ ...run, sessionId: newId('session') }))).toBe('RUN_NOT_FOUND');
  });

  it('for a signal ends with the signal, whether it comes after or came before', async () => {
    const run = await system.run();
    expect(valueOf(await wait(run))).toMatchObject({ state: 'paused', waitsFor: 'paid' });
    expect(valueOf(await signal(run, 'other'))).toMatchObject({ state: 'paused' });
    expect(valueOf(await signal(run))).toMatchObject({ state: 'active' });
    expect(valueOf(await wait(run, { name: 'other' }))).toMatchObject({ state: 'active' });
    expect(valueOf(await wait(run, { name: 'other' }))).toMatchObject({ state: 'paused' });
    expect(await typesOf(run)).toEqual([
      ...['run.started', 'run.paused', 'run.signalled', 'run.signalled', 'run.resumed', 'run.awaited', 'run.paused'],
    ]);
  });

  it('survives the process that it began in', async () => {
    const run = await system.run();
    valueOf(await wait(run));
    await system.killOrchestrator('SIGKILL');
    await system.startOrchestrator();
    expect(valueOf(await signal(run))).toMatchObject({ state: 'active' });
  });
});

describe('a checkpoint', () => {
  it('keeps its body before the ledger names it, and tells it with the results of what was done', async () => {
    const run = await system.run();
    await system.step(run, 's1', GET);
    const kept = system.kept.length;
    expect(valueOf(await checkpoint(run))).toMatchObject({ state: 'paused', pauseCause: 'checkpoint' });
    const [resource] = system.kept.slice(kept);
    expect(JSON.parse(resource!.json)).toEqual({ page: 3, todo: ['read', 'write'] });
    const newest = valueOf(await system.ask(getRunCheckpoint, run, AGENT));
    expect(newest).toMatchObject({ resourceId: resource!.resourceId, note: 'half', signals: [] });
    const { position } = valueOf(await system.ask(resumeRun, { runId: run.runId, resumeId: newId('pause') }, OPERATOR));
    const asked = { ...run, results: true, minPosition: position };
    const { steps } = valueOf(await system.ask(listSteps, asked, AGENT));
    expect(steps).toMatchObject([{ stepId: 's1', state: 'succeeded', result: { value: { body: 'hello' } } }]);
  });

  it('tells of a large result by its handle', async () => {
    const run = await system.run();
    system.provider.answerWith(async (call) => largeAnswer(call));
    const { position } = await system.step(run, 's1', GET);
    const { steps } = valueOf(await system.ask(listSteps, { ...run, results: true, minPosition: position }, AGENT));
    expect(steps[0]!.result).toEqual({ resourceId: system.kept.at(-1)!.resourceId, untrusted: true });
  });

  it('is not sealed when its body cannot be kept', async () => {
    const run = await system.run();
    system.kept.refuse('RESOURCE_TOO_LARGE');
    expect(codeOf(await checkpoint(run))).toBe('RESOURCE_TOO_LARGE');
    expect(await typesOf(run)).toEqual(['run.started']);
  });

  it('is resumed by a signal, whose data the agent finds with it, and by the clock', async () => {
    const run = await system.run();
    valueOf(await checkpoint(run, { resume: { event: 'paid' } }));
    expect(valueOf(await signal(run))).toMatchObject({ state: 'active' });
    expect(valueOf(await system.ask(getRunCheckpoint, run, AGENT))).toMatchObject({
      signals: [{ name: 'paid', data: { invoice: 7 } }],
    });
    const at = new Date(Date.now() + 2_000).toISOString();
    expect(valueOf(await checkpoint(run, { resume: { at } }))).toMatchObject({ state: 'paused', resumesAt: at });
    await system.until(async () => (await typesOf(run)).at(-1) === 'run.resumed');
    expect((await system.eventsOf(run.runId)).at(-1)).toMatchObject({ actor: { kind: 'clock' } });
  });

  it('belongs to its session, and is not there before it is made', async () => {
    const run = await system.run();
    expect(codeOf(await system.ask(getRunCheckpoint, run, AGENT))).toBe('RUN_CHECKPOINT_NOT_FOUND');
    valueOf(await checkpoint(run));
    const foreign = { ...run, sessionId: newId('session') };
    expect(codeOf(await system.ask(getRunCheckpoint, foreign, AGENT))).toBe('RUN_NOT_FOUND');
    expect(codeOf(await checkpoint({ ...run, sessionId: newId('session') }))).toBe('RUN_NOT_FOUND');
  });

  it('is asked for when a segment has no steps left', async () => {
    const run = await system.run({ segmentSteps: 1 });
    await system.step(run, 's1', GET);
    expect(codeOf(await system.stepAsk(run, 's2', GET))).toBe('SEGMENT_ENDED');
    valueOf(await checkpoint(run, { resume: { event: 'go' } }));
    valueOf(await signal(run, 'go'));
    expect(await system.step(run, 's2', GET)).toMatchObject({ state: 'succeeded' });
  });
});

describe('an agent', () => {
  it('that falls silent loses its run, and one that is heard of does not', async () => {
    const [silent, heard] = [await system.run(), await system.run()];
    let beating = true;
    const beats = (async () => {
      while (beating) {
        valueOf(await system.ask(hearAgent, heard, AGENT));
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    })();
    expect(await system.over(silent)).toMatchObject({
      state: 'failed',
      endReason: expect.stringContaining('RUN_AGENT_SILENT'),
    });
    beating = false;
    await beats;
    const [started, ...beatsKept] = await system.eventsOf(heard.runId);
    expect([started!.type, new Set(beatsKept.map(({ type }) => type))]).toEqual([
      'run.started',
      new Set(['run.heard']),
    ]);
    // Hearing of it costs an event only when a third of the lease is over.
    const heardAtMs = [started!, ...beatsKept].map(({ data }) => Date.parse((data as { at: string }).at));
    for (const [nth, ms] of heardAtMs.slice(1).entries())
      expect(ms - heardAtMs[nth]!).toBeGreaterThanOrEqual(LEASE_MS / 3);
  });

  it('that waits for its own step is not silent, however long the step takes', async () => {
    const run = await system.run();
    const asked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    system.provider.answerWith(async (call) => {
      asked.resolve();
      await released.promise;
      return system.provider.seal(call);
    });
    const step = system.stepAsk(run, 'slow', GET);
    await asked.promise;
    // One that falls silent later than this one was heard of.
    await system.over(await system.run());
    released.resolve();
    valueOf(await step);
    expect(await system.view(run)).toMatchObject({ state: 'active' });
  });
});

describe('what an agent cannot do to its own run', () => {
  it('unpause it, complete it, or take a step in it while it is paused', async () => {
    const run = await system.run();
    valueOf(await system.claim(run).then((value) => ({ ok: true as const, value })));
    const { runId, sessionId } = run;
    const step = { runId, sessionId, stepId: 's1', capability: httpFetch.id, input: { ...GET } };
    expect(codeOf(await system.ask(resumeRun, { runId, resumeId: newId('pause') }, AGENT))).toBe(
      'RUN_TRANSITION_REFUSED',
    );
    expect(codeOf(await system.ask(completeRun, { runId, reason: 'me' }, AGENT))).toBe('RUN_TRANSITION_REFUSED');
    expect(codeOf(await system.ask(executeStep, step, AGENT))).toBe('RUN_PAUSED');
  });
});
