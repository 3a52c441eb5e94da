import { getApproval, grantApproval } from '@causeway/contracts';
import { APPROVER, consent, GET, PUBLISH, startSystem, valueOf, type System } from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ expiresAfterMs: 1_000 });
});
afterAll(() => system.stop());

describe('an approval that nobody decides in time', () => {
  it('expires by the clock; the step is denied, the run goes on, and no grant counts any more', async () => {
    const run = await system.run();
    const held = await system.step(run, 'publish', PUBLISH);
    const approval = await system.approval(held);
    const { approvalId } = approval;
    expect(await system.outcome(run, 'publish')).toMatchObject({
      state: 'denied',
      rejection: { code: 'APPROVAL_EXPIRED' },
    });
    expect(valueOf(await system.ask(getApproval, { approvalId }, APPROVER))).toMatchObject({ state: 'expired' });
    const late = await system.ask(grantApproval, consent(approval, 'late'), APPROVER);
    expect(late).toMatchObject({ ok: false, rejection: { code: 'APPROVAL_EXPIRED' } });
    expect(await system.step(run, 'next', GET)).toMatchObject({ state: 'succeeded' });
    expect(system.provider.callsOf('publish')).toEqual([]);
  });
});
