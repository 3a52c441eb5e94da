import { content, OTHER_SESSION } from '../../../test/run.features.ts';
import { bindingProblem } from './binding.ts';

const approved = content({ input: { url: 'u', body: 'b' }, statement: 'I approve.' });

describe('what was approved, beside what would be executed', () => {
  it('is the same in whatever order fields were written', () => {
    expect(bindingProblem(approved, { ...approved, input: { body: 'b', url: 'u' } })).toBeUndefined();
  });

  it.each([
    [{ runId: 'run_00000000000000000000000009' }, 'APPROVAL_OTHER_STEP'],
    [{ stepId: 's2' }, 'APPROVAL_OTHER_STEP'],
    [{ sessionId: OTHER_SESSION }, 'APPROVAL_OTHER_STEP'],
    [{ agentId: 'other' }, 'APPROVAL_OTHER_STEP'],
    [{ approvalId: 'apr_00000000000000000000000009' }, 'APPROVAL_OTHER_STEP'],
    [{ capability: 'resource.get' }, 'APPROVAL_CAPABILITY_CHANGED'],
    [{ capabilityDigest: 'e'.repeat(64) }, 'APPROVAL_CAPABILITY_CHANGED'],
    [{ policy: { ...approved.policy, digest: 'e'.repeat(64) } }, 'APPROVAL_POLICY_CHANGED'],
    [{ policy: { ...approved.policy, version: '2' } }, 'APPROVAL_POLICY_CHANGED'],
    [{ rule: 'other' }, 'APPROVAL_POLICY_CHANGED'],
    [{ input: { url: 'u', body: 'c' } }, 'APPROVAL_INPUT_CHANGED'],
    [{ input: { url: 'u' } }, 'APPROVAL_INPUT_CHANGED'],
    [{ input: { url: 'u', body: 'b', more: 1 } }, 'APPROVAL_INPUT_CHANGED'],
    [{ statement: 'I approve!' }, 'APPROVAL_STATEMENT_MISMATCH'],
  ])('differs when it is %o: %s', (more, code) => {
    expect(bindingProblem(approved, { ...approved, ...more })).toMatchObject({ code });
  });
});
