import { AGENT, APPROVER, GET, OPERATOR, PUBLISH, startSystem, type System } from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const at = () => new Date().toISOString();

describe('what a process leaves behind when it dies between two appends', () => {
  it('an approval that was granted is used, once', async () => {
    const run = await system.run();
    const held = await system.step(run, 'publish', PUBLISH);
    const { approvalId, digest } = await system.approval(held);
    await system.append(approvalId, {
      type: 'approval.granted',
      data: { approvalId, digest, grantedBy: APPROVER.id, reason: 'fine', at: at() },
    });
    expect(await system.outcome(run, 'publish')).toMatchObject({ state: 'succeeded', approvalId });
    expect(system.provider.callsOf('publish')).toHaveLength(1);
    const story = (await system.eventsOf(approvalId)).map(({ type }) => type);
    expect(story).toEqual(['approval.requested', 'approval.granted', 'approval.consumed']);
  });

  it('an approval that was denied ends its step', async () => {
    const run = await system.run();
    const { approvalId } = await system.approval(await system.step(run, 'publish', PUBLISH));
    await system.append(approvalId, {
      type: 'approval.denied',
      data: { approvalId, deniedBy: APPROVER.id, reason: 'no', at: at() },
    });
    expect(await system.outcome(run, 'publish')).toMatchObject({ rejection: { code: 'APPROVAL_DENIED' } });
    expect(await system.step(run, 'next', GET)).toMatchObject({ state: 'succeeded' });
  });

  it('the runs of a session that was revoked are ended', async () => {
    const run = await system.run();
    await system.append(run.sessionId, {
      type: 'session.revoked',
      data: { sessionId: run.sessionId, revokedBy: OPERATOR.id, reason: 'token lost', at: at() },
    });
    expect(await system.over(run)).toMatchObject({ state: 'cancelled', endReason: 'the session was revoked' });
  });

  it('an intent without a process is carried to its end', async () => {
    const run = await system.run();
    await system.step(run, 's1', GET);
    const [, requested, decided, reserved, started] = await system.eventsOf(run.runId);
    const story = [requested, decided, reserved, started].map((event) => ({
      type: event!.type,
      data: { ...(event!.data as object), stepId: 's2' },
    }));
    for (const event of story) await system.append(run.runId, event as never);
    expect(await system.outcome(run, 's2')).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(system.provider.callsOf('s2')).toMatchObject([{ grant: { attempt: 1, agentId: AGENT.id } }]);
  });
});
