import { fetching, permit, policyOf } from './policy.features.ts';
import { withoutRules } from './revoked.ts';

const FETCH = 'network.http-fetch';
const HOST = 'resource.host == "docs.example.org"';
const rules = permit('all', FETCH, HOST) + permit('page', FETCH, `${HOST} && context.path == "/page"`);
const page = fetching('https://docs.example.org/page');
const other = fetching('https://docs.example.org/other');

describe('a policy without some of its rules', () => {
  it('denies what only they allowed, and says why', () => {
    const policy = policyOf(rules);
    const left = withoutRules(policy, ['all']);
    expect(left.decide(other)).toMatchObject({
      verdict: 'deny',
      rule: 'all',
      reason: 'the rule all was revoked by an operator',
    });
    expect(left.decide(other).allowed).toHaveLength(1);
    expect(left.decide(page)).toMatchObject({ verdict: 'allow', rule: 'page' });
    expect([left.ref, left.pack.digest]).toEqual([policy.ref, policy.pack.digest]);
  });

  it('is the policy itself where it has none of them, and keeps its forbids', () => {
    const constitution = `@id("no") forbid (principal, action == Action::"${FETCH}", resource) when { ${HOST} };`;
    const policy = policyOf(rules, { constitution });
    expect(withoutRules(policy, ['no', 'unknown'])).toBe(policy);
    expect(withoutRules(policy, ['all', 'no']).decide(page)).toMatchObject({ verdict: 'deny', rule: 'no' });
  });

  it('leaves the whole policy as it is: both can be asked one after the other', () => {
    const policy = policyOf(rules);
    const left = withoutRules(policy, ['all', 'page']);
    const answers = [left, policy, left].map(({ decide }) => decide(page).verdict);
    expect(answers).toEqual(['deny', 'allow', 'deny']);
  });
});
