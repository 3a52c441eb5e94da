import { setTimeout } from 'node:timers/promises';
import {
  denyApproval,
  extendBudget,
  getRun,
  grantApproval,
  listApprovals,
  type ApprovalView,
  type RunView,
} from '@causeway/contracts';
import { APPROVER, GET, newId, OPERATOR, startSystem, valueOf, type Started, type System } from './system.features.ts';

const settings = 'budget: { wallClockMs: { onLimit: ask }, bytesOut: { onLimit: ask }, steps: { max: 100 } }';
let system: System;
beforeAll(async () => {
  system = await startSystem({ settings });
});
afterAll(() => system.stop());

async function waiting({ runId }: Started): Promise<ApprovalView> {
  for (;;) {
    const { approvals } = valueOf(await system.ask(listApprovals, { state: 'pending', limit: 200 }, APPROVER));
    const found = approvals.find(({ content }) => content.runId === runId);
    if (found) return found;
    await setTimeout(50);
  }
}

async function until({ runId }: Started, isReached: (run: RunView) => boolean): Promise<RunView> {
  for (;;) {
    const reply = await system.ask(getRun, { runId }, OPERATOR);
    if (reply.ok && isReached(reply.value)) return reply.value;
    await setTimeout(50);
  }
}

const grant = async ({ approvalId, digest }: ApprovalView) =>
  valueOf(await system.ask(grantApproval, { approvalId, digest, reason: 'fine' }, APPROVER));

describe('a run that is out of time', () => {
  it('waits for a person, goes on with more time, and ends when nobody gives more again', async () => {
    const run = await system.run({ budget: { wallClockMs: 1_000 } });
    const first = await waiting(run);
    expect(first.content).toMatchObject({ kind: 'budget-extension', extension: { meter: 'wallClockMs', delta: 250 } });
    expect(await until(run, ({ state }) => state === 'paused')).toMatchObject({ pauseCause: 'budget' });
    await grant(first);
    const events = async () => (await system.eventsOf(run.runId)).map(({ type }) => type);
    while (!(await events()).includes('budget.extended')) await setTimeout(50);
    const second = await waiting(run);
    const { approvalId } = second;
    expect(approvalId).not.toBe(first.approvalId);
    valueOf(await system.ask(denyApproval, { approvalId, reason: 'enough' }, APPROVER));
    expect((await system.over(run)).endReason).toContain('BUDGET_WALL_CLOCK_EXHAUSTED');
  });
});

describe('a step that needs more than is left', () => {
  it('starts once a person gives more, and is refused when the person does not', async () => {
    const run = await system.run({ budget: { bytesOut: 10, wallClockMs: 3_600_000 } });
    expect((await system.step(run, 'one', GET)).state).toBe('held');
    await grant(await waiting(run));
    expect((await system.outcome(run, 'one')).state).toBe('succeeded');
    const next = await system.run({ budget: { bytesOut: 10, wallClockMs: 3_600_000 } });
    await system.step(next, 'one', GET);
    const { approvalId } = await waiting(next);
    valueOf(await system.ask(denyApproval, { approvalId, reason: 'no' }, APPROVER));
    const outcome = await system.outcome(next, 'one');
    expect(outcome).toMatchObject({ state: 'denied', rejection: { code: 'BUDGET_EXTENSION_DENIED' } });
  });

  it('starts when an operator raised the limit by a command, which counts once', async () => {
    const run = await system.run({ budget: { steps: 1, wallClockMs: 3_600_000 } });
    await system.step(run, 'one', GET);
    expect((await system.step(run, 'two', GET)).rejection?.code).toBe('BUDGET_STEPS_EXHAUSTED');
    const more = {
      runId: run.runId,
      extensionId: newId('extension'),
      meter: 'steps' as const,
      delta: 1,
      reason: 'more',
    };
    for (const _ of [1, 2]) valueOf(await system.ask(extendBudget, more, OPERATOR));
    expect((await system.step(run, 'three', GET)).state).toBe('succeeded');
    expect((await system.step(run, 'four', GET)).state).toBe('denied');
    const reply = await system.ask(
      extendBudget,
      { ...more, extensionId: newId('extension') },
      { kind: 'agent', id: 'researcher' },
    );
    expect(reply).toMatchObject({ ok: false, rejection: { code: 'BUDGET_EXTENSION_REFUSED' } });
  });
});
