import { setTimeout } from 'node:timers/promises';
import { executeStep, listResources, type ReplyEnvelope } from '@causeway/contracts';
import { announceCapabilities, announcementsOf } from '@causeway/messaging';
import { silentLog } from '@causeway/testing';
import { AGENT, GET, POST, startSystem, type FetchAnswer, type Fetching, type System } from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ timeoutMs: 2_000 });
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);

/** From the first call on the provider never answers, after it has done this. */
async function silenceAfter(doing: (call: Fetching) => Promise<unknown>): Promise<void> {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  system.provider.answerWith(async (call) => {
    await doing(call);
    resolve();
    return new Promise<FetchAnswer>(() => {});
  });
  await reached;
}

/** The provider answers again before the next process begins: what that one calls first is not swallowed. */
async function restart(more?: Readonly<Record<string, string>>): Promise<void> {
  await system.killOrchestrator('SIGKILL');
  system.provider.answerWith(system.provider.seal);
  await system.startOrchestrator(more);
}

const typesOf = async (runId: string) => (await system.eventsOf(runId)).map(({ type }) => type).slice(5);

describe('a step whose process is killed', () => {
  it('that writes and left no fact becomes unknown and is not repeated, whoever asks again', async () => {
    const run = await system.run();
    const asked = system.step(run, 's1', POST);
    await silenceAfter(async () => {});
    await restart();
    const outcome = await asked;
    expect(outcome).toMatchObject({
      state: 'unknown',
      attempt: 1,
      rejection: { code: 'STEP_OUTCOME_UNKNOWN' },
      budget: { steps: { used: 1, reserved: 0 } },
    });
    expect(await system.step(run, 's1', POST)).toMatchObject({ state: 'unknown', position: outcome.position });
    expect(system.provider.callsOf('s1')).toHaveLength(1);
    expect(await typesOf(run.runId)).toEqual(['budget.settled', 'step.unknown']);
  });

  it('that writes and left its fact ends as that fact says', async () => {
    const run = await system.run();
    const asked = system.step(run, 's1', POST);
    await silenceAfter((call) => system.provider.seal(call));
    await restart();
    expect(await asked).toMatchObject({ state: 'succeeded', attempt: 1, result: { value: { body: 'hello' } } });
    expect(new Set(system.provider.callsOf('s1').map(({ grant }) => grant.callId)).size).toBe(1);
    expect(await typesOf(run.runId)).toEqual(['budget.settled', 'step.succeeded']);
  });

  it('that only reads is tried once more past its deadline, as another call, and pays for both', async () => {
    const run = await system.run();
    const asked = system.step(run, 's1', GET);
    await silenceAfter((call) => system.provider.seal(call));
    await setTimeout(2_000);
    await restart();
    expect(await asked).toMatchObject({
      ...{ state: 'succeeded', attempt: 2, usage: { bytesIn: 40, bytesOut: 20 } },
      budget: { steps: { used: 1, reserved: 0 } },
    });
    expect(await typesOf(run.runId)).toEqual(['step.started', 'budget.settled', 'budget.warned', 'step.succeeded']);
  });

  it('is finished by another replica once its deadline has passed', async () => {
    const run = await system.run();
    void system.stepAsk(run, 's1', GET);
    await silenceAfter(async () => {});
    await restart({ CAUSEWAY_INSTANCE: 'run-orchestrator-other' });
    system.provider.answerWith(system.provider.seal);
    let outcome = await system.outcome(run, 's1');
    while (outcome.state === 'started') outcome = await system.outcome(run, 's1');
    expect(outcome).toMatchObject({ state: 'succeeded', attempt: 2 });
    await restart();
  });
});

describe('a step whose process is told to stop', () => {
  it('is finished and answered first', async () => {
    const run = await system.run();
    system.provider.answerWith(async (call) => {
      await setTimeout(500);
      return system.provider.seal(call);
    });
    const asked = system.step(run, 's1', POST);
    while (system.provider.calls.length === 0) await setTimeout(5);
    expect(await system.killOrchestrator('SIGTERM')).toBe(0);
    expect(await asked).toMatchObject({ state: 'succeeded' });
    await system.startOrchestrator();
  });
});

describe('a provider', () => {
  it('that is not there fails the step, and nothing waits for ever', async () => {
    const announcer = announceCapabilities({
      ...{ bus: system.buses.resourceStore, owner: 'resource-store', log: silentLog },
      capabilities: announcementsOf([listResources]),
    });
    await announcer.settled;
    const run = await system.run();
    const step = { ...run, stepId: 's1', capability: listResources.id, input: {} };
    expect(await system.ask(executeStep, step, AGENT)).toMatchObject({
      value: { state: 'failed', rejection: { code: 'CAPABILITY_UNAVAILABLE' } },
    });
  });

  it('that never answers a read is asked three times', async () => {
    const run = await system.run();
    const asked = system.step(run, 's1', GET);
    await silenceAfter(async () => {});
    expect(await asked).toMatchObject({ state: 'failed', attempt: 3, rejection: { code: 'CAPABILITY_UNAVAILABLE' } });
    expect(new Set(system.provider.callsOf('s1').map(({ grant }) => grant.callId)).size).toBe(3);
  });

  it('that never answers a read, but records it, is paid for what it used', async () => {
    const run = await system.run();
    const asked = system.step(run, 's1', GET);
    await silenceAfter((call) => system.provider.seal(call));
    expect(await asked).toMatchObject({
      ...{ state: 'failed', attempt: 3, usage: { bytesIn: 60, bytesOut: 30 } },
    });
  });
});

describe('without a ledger', () => {
  it('no step is begun and no run is started', async () => {
    const run = await system.run();
    await system.killLedger('SIGKILL');
    const [step, started] = await Promise.all([
      system.stepAsk(run, 's1', POST),
      system.run().catch((error: Error) => error.message),
    ]);
    expect(codeOf(step)).toBe('LEDGER_UNAVAILABLE');
    expect(started).toContain('LEDGER_UNAVAILABLE');
    expect(system.provider.calls).toEqual([]);
    await system.startLedger();
    expect(await system.step(run, 's2', POST)).toMatchObject({ state: 'succeeded' });
  });

  it('an effect that took place is sealed as soon as the ledger is back', async () => {
    const run = await system.run();
    const asked = system.step(run, 's1', POST);
    const { promise: answering, resolve: answer } = Promise.withResolvers<void>();
    system.provider.answerWith(async (call) => {
      const reply = await system.provider.seal(call);
      await answering;
      return reply;
    });
    while (system.provider.calls.length === 0) await setTimeout(5);
    while ((await system.eventsOf(system.provider.calls[0]!.grant.callId)).length === 0) await setTimeout(5);
    await system.killLedger('SIGKILL');
    answer();
    await setTimeout(300);
    await system.startLedger();
    expect(await asked).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(await typesOf(run.runId)).toEqual(['budget.settled', 'step.succeeded']);
  });
});
