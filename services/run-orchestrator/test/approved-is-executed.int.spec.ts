import { denyApproval, grantApproval, httpFetch, returnApproval, type ApprovalContent } from '@causeway/contracts';

import { sha256Hex } from '../src/edge.ts';
import { statementOf, wordingOf } from '../src/approvals/domain/statement.ts';
import { codeOf, desk, person, sha256OfContent } from './approval-battery.features.ts';
import { DIGEST, OTHER_SESSION } from './run.features.ts';
import {
  AGENT,
  APPROVER,
  consent,
  GET,
  LOOK,
  newId,
  OPERATOR,
  PUBLISH,
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

const { grant, shown, held, approvalIn, lied } = desk(() => system);
/** A lie whose statement is what the lie makes, so that nothing but the lie itself is wrong. */
const stated = (content: ApprovalContent): ApprovalContent => {
  const { statement: _, ...bare } = content;
  return { ...bare, statement: statementOf(bare, wordingOf(httpFetch, sha256Hex)) };
};

describe('approved = executed: what an approver sees and says', () => {
  it('shows content, risk, rule, requester, expiry and statement; the digest covers all of it', async () => {
    const { run, approval } = await held();
    const { statement = '', ...bare } = approval.content;
    expect(approval).toMatchObject({
      ...{ state: 'pending', requestedBy: AGENT.id, given: [] },
      content: { ...run, kind: 'step', risk: 'medium', rule: 'publish', input: PUBLISH, excluded: [OPERATOR.id] },
    });
    expect(statement).toBe(statementOf(bare, wordingOf(httpFetch, sha256Hex)));
    expect(statement).toContain(`method "POST", url "${PUBLISH.url}"`);
    expect(approval.digest).toBe(sha256OfContent(approval.content));
  });

  it('takes a reason for what changes nothing outside, and the exact statement for what does', async () => {
    const look = await held('look', LOOK);
    expect(look.approval.content).toMatchObject({ risk: 'low' });
    expect(look.approval.content.statement).toBeUndefined();
    expect(codeOf(await grant(look.approval))).toBe('accepted');
    expect(await system.outcome(look.run, 'look')).toMatchObject({ state: 'succeeded' });

    const { approvalId, digest, content } = (await held()).approval;
    const say = (statement?: string) =>
      system.ask(grantApproval, { approvalId, digest, reason: 'fine', ...(statement ? { statement } : {}) }, APPROVER);
    for (const other of [undefined, `${content.statement} `, 'I approve.'])
      expect(codeOf(await say(other))).toBe('APPROVAL_STATEMENT_MISMATCH');
    expect(codeOf(await say(content.statement))).toBe('accepted');
  });

  it('returns the request with feedback and a suggestion, which the agent gets with its outcome', async () => {
    const { run, approval } = await held();
    const { approvalId } = approval;
    const suggestedInput = { ...PUBLISH, body: 'shorter' };
    const giveBack = (more: object) =>
      system.ask(returnApproval, { approvalId, feedback: 'too long', suggestedInput, ...more }, APPROVER);
    expect(codeOf(await giveBack({ suggestedInput: { method: 'SHOUT' } }))).toBe('CAPABILITY_INPUT_INVALID');
    expect(valueOf(await giveBack({}))).toMatchObject({ state: 'returned', suggestedInput });
    const outcome = await system.outcome(run, 'publish');
    expect(outcome).toMatchObject({
      state: 'denied',
      rejection: { code: 'APPROVAL_RETURNED', facts: { approvalId, feedback: 'too long', suggestedInput } },
    });
    expect(await system.step(run, 'publish', PUBLISH)).toMatchObject({ position: outcome.position });
    expect(await system.step(run, 'again', suggestedInput)).toMatchObject({ state: 'held' });
    expect(codeOf(await grant(approval))).toBe('APPROVAL_RETURNED');
  });
});

describe('approved = executed: the battery', () => {
  afterEach(() => expect(system.provider.callsOf('lied')).toEqual([]));

  it.each<[string, (content: ApprovalContent) => ApprovalContent, string]>([
    [
      'other arguments',
      (content) => stated({ ...content, input: { ...PUBLISH, body: 'something else' } }),
      'APPROVAL_INPUT_CHANGED',
    ],
    ['another session', (content) => ({ ...content, sessionId: OTHER_SESSION }), 'APPROVAL_OTHER_STEP'],
    [
      'another schema of the capability',
      (content) => ({ ...content, capabilityDigest: DIGEST }),
      'APPROVAL_CAPABILITY_CHANGED',
    ],
    [
      'another policy version',
      (content) => stated({ ...content, policy: { ...content.policy, digest: DIGEST } }),
      'APPROVAL_POLICY_CHANGED',
    ],
    ['another rule', (content) => stated({ ...content, rule: 'read' }), 'APPROVAL_POLICY_CHANGED'],
    [
      'a statement that its content does not make',
      (content) => ({ ...content, statement: 'I approve a harmless thing.' }),
      'APPROVAL_STATEMENT_MISMATCH',
    ],
  ])('point 3: executes nothing for %s', async (_, lie, code) => {
    const { outcome, approvalId } = await lied(lie);
    expect(outcome).toMatchObject({ state: 'denied', rejection: { code } });
    const types = (await system.eventsOf(approvalId)).map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['approval.requested', 'approval.granted']);
    expect(types).not.toContain('approval.consumed');
  });

  it('point 2: executes nothing when the digest is not that of the content', async () => {
    const { outcome } = await lied(stated, () => DIGEST);
    expect(outcome).toMatchObject({ state: 'denied', rejection: { code: 'APPROVAL_DIGEST_MISMATCH' } });
  });

  it('point 2: refuses digest and statement of another run, however alike', async () => {
    const [one, other] = [await held(), await held()];
    const { approvalId } = other.approval;
    const mixed = (of: object) => system.ask(grantApproval, { ...consent(other.approval), ...of }, APPROVER);
    expect(codeOf(await mixed({ ...consent(one.approval), approvalId }))).toBe('APPROVAL_DIGEST_MISMATCH');
    expect(codeOf(await mixed({ statement: one.approval.content.statement }))).toBe('APPROVAL_STATEMENT_MISMATCH');
    valueOf(await grant(one.approval));
    expect(await system.outcome(one.run, 'publish')).toMatchObject({ state: 'succeeded' });
    expect(await shown(approvalId)).toMatchObject({ state: 'pending', given: [] });
    expect(system.provider.callsOf('publish')).toHaveLength(1);
  });

  it('point 9: refuses a second use, also after a restart, and gives the first answer to who gave it', async () => {
    const { run, approval } = await held();
    valueOf(await grant(approval));
    expect(await system.outcome(run, 'publish')).toMatchObject({ state: 'succeeded' });
    expect(codeOf(await grant(approval, person('bob')))).toBe('APPROVAL_CONSUMED');
    await system.killOrchestrator('SIGKILL');
    await system.startOrchestrator();
    expect(codeOf(await grant(approval, person('bob')))).toBe('APPROVAL_CONSUMED');
    expect(valueOf(await grant(approval))).toMatchObject({ state: 'consumed', decidedBy: APPROVER.id });
    expect(await system.step(run, 'publish', PUBLISH)).toMatchObject({ state: 'succeeded' });
    expect(system.provider.callsOf('publish')).toHaveLength(1);
  });

  it('point 1: executes nothing without a final yes, however often the step is asked for', async () => {
    const { run, approval } = await held();
    expect(await system.step(run, 'publish', PUBLISH)).toMatchObject({ state: 'held' });
    expect(codeOf(await system.stepAsk(run, 'publish', { ...PUBLISH, body: 'y' }))).toBe('STEP_ID_REUSED');
    expect(system.provider.callsOf('publish')).toEqual([]);
    expect(await shown(approval.approvalId)).toMatchObject({ state: 'pending' });
  });

  it('point 4: takes lost processes and broken answers for no yes, and goes on waiting', async () => {
    const { run, approval } = await held();
    const { approvalId, digest } = approval;
    for (const broken of [{ digest: 'yes' }, { digest, statement: 7 }, {}])
      expect(
        codeOf(await system.ask(grantApproval, { approvalId, reason: 'fine', ...broken } as never, APPROVER)),
      ).toBe('REQUEST_INVALID');
    await system.killOrchestrator('SIGKILL');
    await system.startOrchestrator();
    expect(await system.step(run, 'publish', PUBLISH)).toMatchObject({ state: 'held' });
    expect(await shown(approvalId)).toMatchObject({ state: 'pending' });
    expect(system.provider.callsOf('publish')).toEqual([]);
  });

  it('point 5: takes who decides from the transport, and refuses who asked and who let the agent work', async () => {
    const { approval } = await held();
    const { approvalId } = approval;
    for (const actor of [OPERATOR, person(AGENT.id)])
      expect(codeOf(await grant(approval, actor))).toBe('APPROVAL_OWN_REQUEST');
    for (const name of ['by', 'grantedBy', 'actor'])
      expect(codeOf(await system.ask(grantApproval, { ...consent(approval), [name]: 'ann' } as never, OPERATOR))).toBe(
        'REQUEST_INVALID',
      );
    expect(codeOf(await system.ask(denyApproval, { approvalId, reason: 'no' }, OPERATOR))).toBe('APPROVAL_OWN_REQUEST');
    expect(await shown(approvalId)).toMatchObject({ state: 'pending' });
  });

  it('point 8: takes the same decision sent twice for one', async () => {
    const { approval } = await held();
    const answers = await Promise.all([grant(approval), grant(approval), grant(approval)]);
    expect(answers.map(codeOf)).toEqual(['accepted', 'accepted', 'accepted']);
    await approvalIn('consumed', approval);
    const granted = (await system.eventsOf(approval.approvalId)).filter(({ type }) => type === 'approval.granted');
    expect(granted).toMatchObject([{ data: { grantedBy: APPROVER.id, digest: approval.digest } }]);
  });

  it('point 10: leaves the way from decision over approval to execution in the ledger', async () => {
    const { run, approval } = await held();
    const { approvalId, digest } = approval;
    valueOf(await grant(approval));
    await system.outcome(run, 'publish');
    const all = [...(await system.eventsOf(run.runId)), ...(await system.eventsOf(approvalId))];
    const story = all.sort((a, b) => a.position - b.position).filter(({ type }) => !/^(run|budget)/.test(type));
    expect(story).toMatchObject([
      { type: 'step.requested', data: { stepId: 'publish' } },
      { type: 'policy.decided', data: { verdict: 'ask', rule: 'publish', policy: approval.content.policy } },
      { type: 'step.held', data: { approvalId, digest } },
      { type: 'approval.requested', data: { digest, requestedBy: AGENT.id }, scope: run.runId },
      { type: 'approval.granted', data: { digest, grantedBy: APPROVER.id }, actor: APPROVER },
      { type: 'step.started', data: { stepId: 'publish', approvalId } },
      { type: 'approval.consumed', data: { approvalId, digest, ...{ runId: run.runId, stepId: 'publish' } } },
      { type: 'step.succeeded', data: { stepId: 'publish' } },
    ]);
  });

  it('point 11: takes no decision from a program, whatever it is', async () => {
    const { approval } = await held();
    for (const kind of ['agent', 'system', 'clock'] as const)
      expect(codeOf(await grant(approval, { kind, id: 'adviser' }))).toBe('APPROVAL_OWN_REQUEST');
    expect(await system.eventsOf(approval.approvalId)).toHaveLength(1);
  });

  it('refuses a yes after a no', async () => {
    const { run, approval } = await held();
    const { approvalId } = approval;
    valueOf(await system.ask(denyApproval, { approvalId, reason: 'no' }, APPROVER));
    expect(codeOf(await grant(approval))).toBe('APPROVAL_DENIED');
    expect(await system.outcome(run, 'publish')).toMatchObject({ rejection: { code: 'APPROVAL_DENIED' } });
    expect(system.provider.callsOf('publish')).toEqual([]);
  });
});

describe('approved = executed: 1,000 racers on 3 replicas', () => {
  it('point 9: execute one step once', async () => {
    await system.startReplica('orchestrator-2');
    await system.startReplica('orchestrator-3');
    const { run, approval } = await held('raced');
    // The same person with the same words is answered yes again and again, and each yes lets its replica try to start the step.
    const racers = Array.from({ length: 1_000 }, (_, n) => (n % 2 === 0 ? APPROVER : person(`racer-${n}`)));
    const answers = await Promise.all(racers.map((actor) => grant(approval, actor)));
    const codes = new Set(answers.map(codeOf));
    codes.delete('accepted');
    for (const code of codes) expect(['APPROVAL_NOT_PENDING', 'APPROVAL_CONSUMED']).toContain(code);
    expect(await system.outcome(run, 'raced')).toMatchObject({ state: 'succeeded' });
    await approvalIn('consumed', approval);
    expect(system.provider.callsOf('raced')).toHaveLength(1);
    const sealed = [...(await system.eventsOf(run.runId)), ...(await system.eventsOf(approval.approvalId))];
    const count = (type: string) => sealed.filter((event) => event.type === type).length;
    expect(['approval.granted', 'approval.consumed', 'step.started'].map(count)).toEqual([1, 1, 1]);
    expect(await system.step(run, 'next', GET)).toMatchObject({ state: 'succeeded' });
  });
});

describe('an id that stands for nothing', () => {
  it('is refused for every decision', async () => {
    const approvalId = newId('approval');
    const decisions = [
      system.ask(grantApproval, { approvalId, digest: DIGEST, reason: 'fine' }, APPROVER),
      system.ask(denyApproval, { approvalId, reason: 'no' }, APPROVER),
      system.ask(returnApproval, { approvalId, feedback: 'no' }, APPROVER),
    ];
    expect((await Promise.all(decisions)).map(codeOf)).toEqual(Array(3).fill('APPROVAL_NOT_FOUND'));
  });
});
