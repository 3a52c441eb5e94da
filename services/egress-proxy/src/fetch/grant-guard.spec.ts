import { grantStop } from './grant-guard.ts';

const digest = 'a'.repeat(64);
const policy = { pack: 'p', version: '1', digest };
const grant = {
  callId: 'call_00000000000000000000000000',
  sessionId: 'ses_00000000000000000000000000',
  agentId: 'agent',
  runId: 'run_00000000000000000000000000',
  stepId: 's',
  attempt: 1,
  rule: 'r',
  policy,
  deadlineAt: '2026-01-01T00:00:10.000Z',
  byteAllowance: 1,
  inputDigest: digest,
};
const facts = { inputDigest: digest, policy, now: '2026-01-01T00:00:00.000Z' };

describe('the grant guard', () => {
  it('takes a grant that fits', () => {
    expect(grantStop(grant, facts)).toBeUndefined();
  });
  it.each([
    ['GRANT_MISMATCH', { ...facts, inputDigest: 'b'.repeat(64) }],
    ['POLICY_VERSION_MISMATCH', { ...facts, policy: { ...policy, digest: 'b'.repeat(64) } }],
    ['GRANT_EXPIRED', { ...facts, now: '2026-01-01T00:00:10.000Z' }],
  ])('answers %s', (code, changed) => {
    expect(grantStop(grant, changed)).toMatchObject({ code, stage: 'grant' });
  });
});
