import { setTimeout } from 'node:timers/promises';
import {
  cancelRun,
  claimCompletion,
  denyApproval,
  getApproval,
  grantApproval,
  listApprovals,
  moveRun,
  revokeSession,
  type ApprovalView,
  type ReplyEnvelope,
  type StepOutcome,
} from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { sha256Hex } from '../src/edge.ts';
import { DIGEST } from './run.features.ts';
import {
  AGENT,
  APPROVER,
  consent,
  GET,
  newId,
  OPERATOR,
  PUBLISH,
  startSystem,
  valueOf,
  type Started,
  type System,
} from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const codeOf = (reply: ReplyEnvelope<unknown>) => (reply.ok ? 'accepted' : reply.rejection.code);
const grant = (approval: ApprovalView, actor = APPROVER) => system.ask(grantApproval, consent(approval), actor);
const deny = ({ approvalId }: ApprovalView, actor = APPROVER) =>
  system.ask(denyApproval, { approvalId, reason: 'not today' }, actor);

async function held(run?: Started): Promise<{ run: Started; outcome: StepOutcome; approval: ApprovalView }> {
  const started = run ?? (await system.run());
  const outcome = await system.step(started, 'publish', PUBLISH);
  return { run: started, outcome, approval: await system.approval(outcome) };
}

/** The approval once it is in this state. */
async function approvalIn(state: ApprovalView['state'], { approvalId }: ApprovalView): Promise<ApprovalView> {
  for (;;) {
    const approval = valueOf(await system.ask(getApproval, { approvalId }, APPROVER));
    if (approval.state === state) return approval;
    await setTimeout(20);
  }
}

describe('a step that needs a person', () => {
  it('is held, pauses its run, and shows the approver exactly what would be executed', async () => {
    const { run, outcome, approval } = await held();
    expect(outcome).toMatchObject({ state: 'held', rule: 'publish', approvalId: approval.approvalId });
    expect(approval).toMatchObject({
      state: 'pending',
      content: {
        ...run,
        agentId: AGENT.id,
        stepId: 'publish',
        input: PUBLISH,
        rule: 'publish',
        policy: { pack: 'first' },
      },
    });
    expect(approval.digest).toBe(sha256Hex(canonicalJson(approval.content)));
    expect(await system.view(run, outcome.position)).toMatchObject({
      ...{ state: 'paused', pauseCause: 'approval', pauseDeadlineAt: approval.content.expiresAt },
      budget: { steps: { used: 0, reserved: 0 } },
    });
    expect(codeOf(await system.stepAsk(run, 'other', GET))).toBe('RUN_PAUSED');
    expect(codeOf(await system.ask(claimCompletion, { ...run }, AGENT))).toBe('RUN_PAUSED');
    expect(system.provider.calls).toEqual([]);
  });

  it('is executed exactly once, however many grants race, and the approval is consumed in the append that starts it', async () => {
    const { run, approval } = await held();
    const people = Array.from({ length: 20 }, (_, index) => ({ kind: 'operator' as const, id: `ann-${index % 4}` }));
    const answers = await Promise.all(people.map((person) => grant(approval, person)));
    expect(answers.map(codeOf)).toContain('accepted');
    const refused = answers.map(codeOf).filter((code) => code !== 'accepted');
    expect(refused.length).toBeGreaterThan(0);
    for (const code of refused) expect(['APPROVAL_NOT_PENDING', 'APPROVAL_CONSUMED']).toContain(code);

    expect(await system.outcome(run, 'publish')).toMatchObject({ state: 'succeeded', approvalId: approval.approvalId });
    expect(system.provider.callsOf('publish')).toHaveLength(1);
    const story = await system.eventsOf(approval.approvalId);
    expect(story.map(({ type }) => type)).toEqual(['approval.requested', 'approval.granted', 'approval.consumed']);
    const started = (await system.eventsOf(run.runId)).filter(({ type }) => type === 'step.started');
    expect(started).toMatchObject([{ position: story[2]!.position - 1, data: { approvalId: approval.approvalId } }]);
    expect(new Set(story.map(({ scope }) => scope))).toEqual(new Set([run.runId]));
    const [by] = story.filter(({ type }) => type === 'approval.granted').map(({ actor }) => actor.id);
    expect(valueOf(await grant(approval, { kind: 'operator', id: by! }))).toMatchObject({ decidedBy: by });
    expect(system.provider.callsOf('publish')).toHaveLength(1);
  });

  it('answers a grant with what was decided, as the view shows it later', async () => {
    const { approval } = await held();
    const granted = valueOf(await grant(approval));
    const given = [{ by: 'ann', at: granted.decidedAt, reason: 'fine' }];
    const decided = { state: 'granted', given, decidedBy: 'ann', decisionReason: 'fine' };
    expect(granted).toMatchObject({ ...approval, ...decided });
    expect(await approvalIn('consumed', approval)).toEqual({ ...granted, state: 'consumed' });
  });

  it('goes on with its run when it is denied, and nothing is executed', async () => {
    const { run, approval } = await held();
    expect(valueOf(await deny(approval))).toMatchObject({
      state: 'denied',
      decidedBy: 'ann',
      decisionReason: 'not today',
    });
    const outcome = await system.outcome(run, 'publish');
    expect(outcome).toMatchObject({
      state: 'denied',
      rejection: { code: 'APPROVAL_DENIED', detail: expect.stringContaining('not today') },
      budget: { steps: { used: 0, reserved: 0 } },
    });
    expect(await system.view(run, outcome.position)).toMatchObject({ state: 'active' });
    expect(await system.step(run, 'next', GET)).toMatchObject({ state: 'succeeded' });
    expect(system.provider.callsOf('publish')).toEqual([]);
    expect(
      (await system.stepAsk(run, 'publish', PUBLISH)).ok && (await system.step(run, 'publish', PUBLISH)),
    ).toMatchObject({ state: 'denied', position: outcome.position });
  });

  it('is approved by nobody who asked for it, by no agent, and on no other digest', async () => {
    const { approval } = await held();
    expect(codeOf(await grant(approval, { kind: 'operator', id: AGENT.id }))).toBe('APPROVAL_OWN_REQUEST');
    expect(codeOf(await grant(approval, { kind: 'agent', id: 'accomplice' }))).toBe('APPROVAL_OWN_REQUEST');
    expect(codeOf(await deny(approval, { kind: 'agent', id: 'accomplice' }))).toBe('APPROVAL_OWN_REQUEST');
    expect(codeOf(await grant({ ...approval, digest: DIGEST }))).toBe('APPROVAL_DIGEST_MISMATCH');
    expect(codeOf(await grant({ ...approval, approvalId: newId('approval') }))).toBe('APPROVAL_NOT_FOUND');
    expect((await system.eventsOf(approval.approvalId)).map(({ type }) => type)).toEqual(['approval.requested']);
  });

  it('ends with its run, and its approval is withdrawn', async () => {
    for (const end of ['cancel', 'revoke'] as const) {
      const { run, approval } = await held();
      const { runId, sessionId } = run;
      if (end === 'cancel') valueOf(await system.ask(cancelRun, { runId, reason: 'x' }, OPERATOR));
      else valueOf(await system.ask(revokeSession, { sessionId, reason: 'x' }, OPERATOR));
      expect(await approvalIn('withdrawn', approval)).toMatchObject({ state: 'withdrawn' });
      expect(await system.outcome(run, 'publish')).toMatchObject({
        state: 'denied',
        rejection: { code: 'RUN_NOT_ACTIVE' },
      });
      expect(codeOf(await grant(approval))).toBe('APPROVAL_WITHDRAWN');
    }
    expect(system.provider.callsOf('publish')).toEqual([]);
  });
});

describe('the approvals desk', () => {
  it('lists what waits, oldest first, page by page', async () => {
    const waiting = [(await held()).approval, (await held()).approval];
    const list = (more: object) =>
      system.ask(listApprovals, { state: 'pending' as const, limit: 200, ...more }, APPROVER);
    const all = valueOf(await list({})).approvals.map(({ approvalId }) => approvalId);
    const [first, second] = waiting.map(({ approvalId }) => approvalId);
    expect(all.indexOf(second!)).toBe(all.indexOf(first!) + 1);
    expect(valueOf(await list({ after: first, limit: 1 })).approvals).toEqual([waiting[1]]);
    expect(codeOf(await list({ after: newId('approval') }))).toBe('REQUEST_INVALID');
  });
});

describe('what was approved', () => {
  it('is not executed under another policy than the one it was approved under', async () => {
    const { run, approval } = await held();
    await system.killOrchestrator('SIGTERM');
    system.writePack('second');
    await system.startOrchestrator();
    const moved = await system.ask(moveRun, { runId: run.runId, reason: 'the new rules' }, OPERATOR);
    expect(valueOf(moved)).toMatchObject({ policy: { pack: 'second' } });
    valueOf(await grant(approval));
    expect(await system.outcome(run, 'publish')).toMatchObject({
      state: 'denied',
      rejection: { code: 'APPROVAL_POLICY_CHANGED' },
    });
    expect(await approvalIn('withdrawn', approval)).toMatchObject({ decidedBy: 'ann' });
    expect(system.provider.callsOf('publish')).toEqual([]);
    expect(await system.eventsOf('policy')).toMatchObject([
      { type: 'policy.activated', data: { policy: { pack: 'first' } } },
      { type: 'policy.activated', data: { policy: { pack: 'second' } } },
    ]);
  });

  it('is executed when others got another policy since, and its run did not', async () => {
    const { run, approval } = await held();
    await system.killOrchestrator('SIGTERM');
    system.writePack('third');
    await system.startOrchestrator();
    valueOf(await grant(approval));
    expect(await system.outcome(run, 'publish')).toMatchObject({ state: 'succeeded' });
    const [call] = system.provider.callsOf('publish');
    expect(call?.grant.policy).toEqual(approval.content.policy);
  });
});
