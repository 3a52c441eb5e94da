import { setTimeout } from 'node:timers/promises';
import {
  erase,
  getApproval,
  getRun,
  grantApproval,
  rebuildProjectionsOf,
  startRun,
  type ReplyOf,
} from '@causeway/contracts';
import {
  APPROVER,
  consent,
  OPERATOR,
  POST,
  PUBLISH,
  startSystem,
  valueOf,
  type Started,
  type System,
} from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ timeoutMs: 2_000 });
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const MARKER = 'marker-6d1f';
const GOAL = {
  goal: `find ${MARKER}`,
  predicate: {
    kind: 'capability_succeeded' as const,
    capability: 'network.http-fetch',
    min: 1,
    input: { method: 'POST' },
  },
};
const marked = <Input extends typeof POST>(input: Input) => ({ ...input, body: MARKER });

/** Erases a run, and waits until its view has heard of it. */
async function erased({ runId }: Started): Promise<ReplyOf<typeof erase>> {
  const request = { erasureId: crypto.randomUUID(), target: { scope: runId }, reason: 'asked for' };
  const done = valueOf(await system.ask(erase, request, OPERATOR));
  await system.view({ runId, sessionId: '' }, done.position);
  return done;
}
const viewOf = async ({ runId }: Started) => valueOf(await system.ask(getRun, { runId }, OPERATOR));
async function rebuilt() {
  const reply = await system.ask(rebuildProjectionsOf('run-orchestrator'), {}, OPERATOR);
  return valueOf(reply).projections.map(({ equal }) => equal);
}
/** Everything that the service's tables hold, as text. */
async function tables(): Promise<string> {
  const pool = system.database.pool('run_orchestrator', 1);
  const names = ['run_view', 'step_view', 'approval_view', 'grant_view', 'session_view'];
  const rows = await Promise.all(names.map((name) => pool.query(`select view::text from ${name}`)));
  return JSON.stringify(rows.map((result) => result.rows as unknown[]));
}

describe('a run that was erased', () => {
  it('is shown without its text, by views that are what the ledger says', async () => {
    const run = await system.run(GOAL);
    await system.step(run, 's1', marked(POST));
    const held = await system.step(run, 's2', marked(PUBLISH));
    await system.approval(held);
    expect(await tables()).toContain(MARKER);
    await erased(run);
    expect(await tables()).not.toContain(MARKER);
    expect(await viewOf(run)).toMatchObject({ goal: '[erased]', state: 'paused' });
    const { approvalId = '' } = held;
    const approval = valueOf(await system.ask(getApproval, { approvalId }, APPROVER));
    expect(approval).toMatchObject({ state: 'pending', content: { input: {} }, digest: expect.any(String) });
    expect(await rebuilt()).toEqual(Array.from({ length: 8 }, () => true));
  });

  it('still knows what was started and what succeeded', async () => {
    const run = await system.run(GOAL);
    const outcome = await system.step(run, 's1', marked(POST));
    await erased(run);
    const again = { ...run, ...GOAL };
    expect(valueOf(await system.ask(startRun, again, OPERATOR))).toMatchObject({ runId: run.runId, goal: '[erased]' });
    expect(await system.step(run, 's1', marked(POST))).toMatchObject({
      state: 'succeeded',
      position: outcome.position,
    });
    expect(JSON.stringify(await system.outcome(run, 's1'))).not.toContain(MARKER);
    await system.killOrchestrator('SIGKILL');
    await system.startOrchestrator();
    expect(await system.claim(run)).toMatchObject({ state: 'done', verified: true });
    expect(system.provider.callsOf('s1')).toHaveLength(1);
  });

  it('has an approval that nobody can grant any more', async () => {
    const run = await system.run(GOAL);
    const { approvalId = '', ...held } = await system.step(run, 's1', marked(PUBLISH));
    const approval = await system.approval({ ...held, approvalId });
    await erased(run);
    const grant = await system.ask(grantApproval, consent(approval), APPROVER);
    expect(grant).toMatchObject({ rejection: { code: 'APPROVAL_CONTENT_ERASED' } });
    expect(system.provider.calls).toEqual([]);
  });

  it('never has a step repeated whose process is gone: it is for a person to look at', async () => {
    const run = await system.run(GOAL);
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    system.provider.answerWith(() => {
      resolve();
      return new Promise(() => {});
    });
    void system.stepAsk(run, 's1', marked(POST));
    await reached;
    await erased(run);
    await system.killOrchestrator('SIGKILL');
    system.provider.answerWith(system.provider.seal);
    await system.startOrchestrator();
    let outcome = await system.outcome(run, 's1');
    while (outcome.state === 'started') {
      await setTimeout(50);
      outcome = await system.outcome(run, 's1');
    }
    expect(outcome).toMatchObject({ state: 'unknown', rejection: { code: 'STEP_OUTCOME_UNKNOWN' } });
    expect(system.provider.callsOf('s1')).toHaveLength(1);
  });
});
