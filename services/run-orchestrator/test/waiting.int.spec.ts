import {
  acknowledgeStep,
  denyApproval,
  grantApproval,
  listApprovals,
  listWaiting,
  type WaitingItem,
} from '@causeway/contracts';
import { codeOf, desk, person } from './approval-battery.features.ts';
import {
  APPROVER,
  consent,
  GET,
  LOOK,
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
  const approvals = ', rules: { network.http-fetch: { quorum: 2, approvers: [ann, bob, carl] } }';
  system = await startSystem({ approvals });
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const { grant, held, shown } = desk(() => system);
const waiting = async (minPosition: number): Promise<readonly WaitingItem[]> =>
  valueOf(await system.ask(listWaiting, { limit: 200, minPosition }, OPERATOR)).waiting;

/** A step whose call was lost on the way: nobody knows whether it took effect. */
async function lost(run: Started): Promise<number> {
  system.provider.answerWith(async () => ({ ok: false, rejection: { code: 'STEP_OUTCOME_UNKNOWN', detail: 'lost' } }));
  const { state, position } = await system.step(run, 'lost', POST);
  expect(state).toBe('unknown');
  system.provider.answerWith(system.provider.seal);
  return position;
}

describe('what waits for a person', () => {
  it('is one queue, the worst first and of equally bad things the oldest, each with what to do', async () => {
    const look = await held('look', LOOK);
    const publish = await held('publish', PUBLISH);
    const done = await system.run();
    await system.step(done, 'one', GET);
    const claimed = await system.claim(done);
    const unknown = await system.run();
    const position = Math.max(await lost(unknown), claimed.position);

    const queue = await waiting(position);
    expect(queue.map(({ kind, severity, runId }) => [kind, severity, runId])).toEqual([
      ['unknown-step', 'high', unknown.runId],
      ['approval', 'medium', publish.run.runId],
      ['approval', 'low', look.run.runId],
      ['completion', 'low', done.runId],
    ]);
    expect(queue.every(({ next, summary }) => next.length > 0 && summary.length > 0)).toBe(true);
    expect(queue[1]).toMatchObject({
      approvalId: publish.approval.approvalId,
      summary: expect.stringContaining('0 of 2 people') as string,
    });
    const head = valueOf(await system.ask(listWaiting, { limit: 1 }, OPERATOR));
    expect(head).toEqual({ waiting: queue.slice(0, 1), total: 4 });

    const bySeverity = { state: 'pending' as const, order: 'severity' as const, limit: 1 };
    const first = valueOf(await system.ask(listApprovals, bySeverity, OPERATOR));
    expect(first.approvals).toMatchObject([{ approvalId: publish.approval.approvalId }]);
    const second = valueOf(await system.ask(listApprovals, { ...bySeverity, after: first.next }, OPERATOR));
    expect(second).toMatchObject({ approvals: [{ approvalId: look.approval.approvalId }] });
    expect(second.next).toBeUndefined();
  });

  it('lets a step of unknown outcome go once a person said what they found; its outcome stays', async () => {
    const run = await system.run();
    await lost(run);
    const before = await system.outcome(run, 'lost');
    const find = (finding: 'happened' | 'did-not-happen', stepId = 'lost') =>
      system.ask(acknowledgeStep, { runId: run.runId, stepId, finding, note: 'asked them' }, OPERATOR);
    expect(valueOf(await find('happened'))).toMatchObject({ state: 'unknown', finding: 'happened' });
    expect(valueOf(await find('happened'))).toMatchObject({ finding: 'happened' });
    expect(codeOf(await find('did-not-happen'))).toBe('STEP_ALREADY_ACKNOWLEDGED');
    expect(codeOf(await find('happened', 'never'))).toBe('STEP_NOT_FOUND');
    await system.step(run, 'good', GET);
    expect(codeOf(await find('happened', 'good'))).toBe('STEP_OUTCOME_KNOWN');
    expect(await system.outcome(run, 'lost')).toMatchObject({ state: 'unknown', position: before.position });
    const queue = await waiting((await system.outcome(run, 'good')).position);
    expect(queue.filter(({ runId }) => runId === run.runId)).toEqual([]);
  });
});

describe('a quorum', () => {
  it('point 7: takes different people whom the pack names, and executes once they all agreed', async () => {
    const { run, approval } = await held('publish', PUBLISH);
    expect(codeOf(await grant(approval, person('zoe')))).toBe('APPROVAL_NOT_APPROVER');
    expect(valueOf(await grant(approval))).toMatchObject({ state: 'pending', given: [{ by: 'ann' }] });
    expect(codeOf(await grant(approval, APPROVER, 'once more'))).toBe('APPROVAL_ALREADY_GIVEN');
    expect(valueOf(await grant(approval))).toMatchObject({ state: 'pending', given: [{ by: 'ann' }] });
    expect(system.provider.callsOf('publish')).toEqual([]);
    expect(valueOf(await grant(approval, person('bob')))).toMatchObject({
      ...{ state: 'granted', decidedBy: 'bob' },
      given: [{ by: 'ann' }, { by: 'bob' }],
    });
    expect(await system.outcome(run, 'publish')).toMatchObject({ state: 'succeeded' });
    expect(system.provider.callsOf('publish')).toHaveLength(1);
  });

  it('point 6: ends with the first no', async () => {
    const { run, approval } = await held('publish', PUBLISH);
    const { approvalId } = approval;
    valueOf(await grant(approval));
    valueOf(await system.ask(denyApproval, { approvalId, reason: 'no' }, person('carl')));
    expect(await system.outcome(run, 'publish')).toMatchObject({ rejection: { code: 'APPROVAL_DENIED' } });
    expect(codeOf(await grant(approval, person('bob')))).toBe('APPROVAL_DENIED');
    expect(await shown(approvalId)).toMatchObject({ state: 'denied', given: [{ by: 'ann' }] });
  });

  it('is not got around by a standing grant', async () => {
    const { approval } = await held('publish', PUBLISH);
    const standing = { uses: 1, until: new Date(Date.now() + 60_000).toISOString(), match: ['url'] };
    expect(codeOf(await system.ask(grantApproval, { ...consent(approval), standing }, APPROVER))).toBe(
      'GRANT_NOT_ALLOWED',
    );
  });
});
