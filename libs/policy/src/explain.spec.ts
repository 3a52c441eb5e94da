import { explain } from './explain.ts';
import { fetching, packOf, permit, policyOf } from './policy.features.ts';
import { createPolicy } from './decide.ts';

const FETCH = 'network.http-fetch';
const READ = permit(
  'read-docs',
  FETCH,
  'resource.host == "docs.example.org" && context.path like "/v1/*" && context.method == "GET"',
);
const NO_HTTP = `@id("no-http") forbid (principal, action == Action::"${FETCH}", resource) when { resource.scheme == "http" };`;

describe('an explanation', () => {
  it('of what is allowed is the decision, and nothing near', () => {
    const { decision, questions } = explain(policyOf(READ), fetching('https://docs.example.org/v1/a'));
    expect(decision).toMatchObject({ verdict: 'allow', rule: 'read-docs' });
    expect(questions).toMatchObject([{ near: [], decision: { verdict: 'allow' } }]);
    expect(questions[0]).not.toHaveProperty('smallest');
  });

  it('of a denial names the rules that come nearest, with what each misses and what is there in its place', () => {
    const far = permit(
      'far',
      FETCH,
      'resource.host == "else.example.org" && context.path == "/z" && context.method == "POST"',
    );
    const { questions } = explain(policyOf(far + READ), fetching('https://docs.example.org/v2/a'));
    expect(questions[0]?.near).toEqual([
      { rule: 'read-docs', missing: ['context.path like "/v1/*"; context.path is "/v2/a"'] },
      {
        rule: 'far',
        missing: [
          'resource.host == "else.example.org"; resource.host is "docs.example.org"',
          'context.path == "/z"; context.path is "/v2/a"',
          'context.method == "POST"; context.method is "GET"',
        ],
      },
    ]);
  });

  it('of a rule for others says so, and takes an unless apart', () => {
    const rule = `@id("bobs") permit (principal == Agent::"bob", action == Action::"${FETCH}", resource)
      unless { context.path == "/secret" || context.method == "POST" };`;
    const { questions } = explain(policyOf(rule), fetching('https://a.example.org/secret'));
    expect(questions[0]?.near).toEqual([
      {
        rule: 'bobs',
        missing: [
          'the rule is for others: the agent is "agent-1"',
          'unless context.path == "/secret"; context.path is "/secret"',
        ],
      },
    ]);
  });

  it.each([
    ['a request', fetching('https://new.example.org/a?q=1&p=2')],
    ['a name in the pack', fetching('http://wiki.internal:8080/page')],
    ['odd characters', fetching('https://new.example.org/%C3%A4"\\'.replace('\\', ''))],
    [
      'a tunnel',
      {
        agentId: 'a',
        capability: 'network.tunnel',
        input: { connection: 'c'.repeat(32), listener: 'l', host: 'new.example.org', port: 443 },
      },
    ],
    [
      'a body',
      fetching('https://new.example.org/', {
        method: 'POST',
        body: '{}',
        headers: { 'Content-Type': 'application/json; charset=utf-8' },
      }),
    ],
    [
      'a resource',
      { agentId: 'a "b"', capability: 'resource.get', input: { resourceId: 'res_00000000000000000000000000' } },
    ],
    [
      'a capability of its own',
      {
        agentId: 'a',
        capability: 'x.echo',
        input: {},
        about: { owner: 'me', effect: 'none', untrusted: false, risk: 'low' } as const,
      },
    ],
  ])('of a denial gives a permit that allows it, and no other agent: %s', (_, call) => {
    const [explained] = explain(policyOf(READ), call).questions;
    const policy = createPolicy(packOf(READ + String(explained?.smallest)));
    expect(policy.decide(call)).toMatchObject({ verdict: 'allow' });
    expect(policy.decide({ ...call, agentId: 'somebody else' })).toMatchObject({ verdict: 'deny' });
    expect(policyOf(READ).decide(call)).toMatchObject({ verdict: 'deny' });
  });

  it('asks for nothing less than it was given: another path, port, method or name in the query is not allowed', () => {
    const asked = 'https://new.example.org:8443/a?q=1';
    const [explained] = explain(policyOf(READ), fetching(asked)).questions;
    const policy = policyOf(READ + String(explained?.smallest));
    expect(policy.decide(fetching(asked)).verdict).toBe('allow');
    for (const other of ['https://new.example.org/a?q=1', 'https://new.example.org:8443/b?q=1', `${asked}&r=2`]) {
      expect(policy.decide(fetching(other)).verdict).toBe('deny');
    }
    expect(policy.decide(fetching(asked, { method: 'HEAD' })).verdict).toBe('deny');
  });

  it('gives no permit where none would help, but the rule that forbids it', () => {
    const [explained] = explain(
      policyOf(READ, { constitution: NO_HTTP }),
      fetching('http://new.example.org/'),
    ).questions;
    expect(explained).toMatchObject({ forbiddenBy: 'no-http', decision: { rule: 'no-http' } });
    expect(explained).not.toHaveProperty('smallest');
  });

  it('puts no question where the input is refused', () => {
    expect(explain(policyOf(READ), fetching('ftp://a/'))).toMatchObject({
      decision: { rule: 'input-refused' },
      questions: [],
    });
  });
});

describe('the content type of a request', () => {
  it('is what a rule can ask for, without parameters and in lower case', () => {
    const policy = policyOf(permit('post', FETCH, 'context.contentType == "application/json"'));
    const post = (contentType: string) =>
      policy.decide(
        fetching('https://a.example.org/', { method: 'POST', body: '', headers: { 'content-TYPE': contentType } }),
      ).verdict;
    expect(
      ['Application/JSON; charset=utf-8', 'application/json', 'text/plain', 'application/json, text/plain'].map(post),
    ).toEqual([...['allow', 'allow', 'deny', 'deny']]);
    expect(policy.decide(fetching('https://a.example.org/')).verdict).toBe('deny');
  });
});
