import { formatId } from '@causeway/contracts';
import { actionRequests } from './action-requests.ts';
import { createPolicy } from './decide.ts';
import { parsePack } from './pack.ts';

const YAML = `id: test
version: '7'
description: For tests.
limits: { maxSteps: 10, defaultSteps: 5, maxWallClockMs: 60000, defaultWallClockMs: 60000 }
approvals: { expiresAfterMs: 60000 }
destinations: [{ name: wiki, host: wiki.internal, address: 10.0.0.5, port: 8080 }]
egress: { maxRequestBytes: 100, maxResponseBytes: 100, timeoutMs: 1000, maxRedirects: 1 }
`;
const permit = (id: string, action: string, when = 'true', extra = '') =>
  `@id("${id}")${extra}permit (principal, action == Action::"${action}", resource) when { ${when} };\n`;

function policyOf(rules: string, constitution = '') {
  return createPolicy(parsePack({ 'pack.yaml': YAML, 'constitution.cedar': constitution, 'policy.cedar': rules }, {}));
}
const fetching = (url: string, more: object = {}) => ({
  agentId: 'agent-1',
  capability: 'network.http-fetch',
  input: { url, method: 'GET', headers: {}, ...more },
});

describe('a decision', () => {
  it('denies what no rule allows, and says what would be allowed', () => {
    const policy = policyOf(
      permit('read', 'network.http-fetch', 'context.path == "/a"', '@reason("Read page A.")') +
        permit('write', 'network.http-fetch', 'context.path == "/b"', '@approval("human")') +
        permit('keep', 'resource.ingest'),
    );
    expect(policy.decide(fetching('https://example.org/c'))).toEqual({
      verdict: 'deny',
      rule: 'default-deny',
      reason: 'no rule of test allows network.http-fetch like this',
      policy: { pack: 'test', version: '7', digest: policy.pack.digest },
      allowed: ['Read page A (rule read)', 'what rule write describes, once a human agrees'],
    });
  });

  it('names the rule that allows, and its reason', () => {
    const policy = policyOf(permit('read', 'network.http-fetch', 'true', '@reason("Read.")'));
    expect(policy.decide(fetching('https://example.org/'))).toMatchObject({
      verdict: 'allow',
      rule: 'read',
      reason: 'Read.',
    });
  });

  it('asks when every permit that applies wants a human', () => {
    const asking = permit('a', 'network.http-fetch', 'true', '@approval("human")');
    expect(policyOf(asking).decide(fetching('https://example.org/'))).toMatchObject({ verdict: 'ask', rule: 'a' });
    const both = asking + permit('b', 'network.http-fetch', 'context.path == "/"');
    expect(policyOf(both).decide(fetching('https://example.org/'))).toMatchObject({ verdict: 'allow', rule: 'b' });
    expect(policyOf(both).decide(fetching('https://example.org/x'))).toMatchObject({ verdict: 'ask', rule: 'a' });
  });

  it('is deny when the constitution forbids, whatever permits', () => {
    const forbid = '@id("never")@reason("No.")forbid (principal, action, resource);';
    const policy = policyOf(permit('all', 'network.http-fetch'), forbid);
    expect(policy.decide(fetching('https://example.org/'))).toMatchObject({
      verdict: 'deny',
      rule: 'never',
      reason: 'No.',
    });
  });

  it('is deny when any rule fails to evaluate, also when another permits', () => {
    const overflow = '9223372036854775807 + resource.port > 0';
    const policy = policyOf(permit('all', 'network.http-fetch') + permit('broken', 'network.http-fetch', overflow));
    expect(policy.decide(fetching('https://example.org/'))).toMatchObject({
      verdict: 'deny',
      rule: 'evaluation-error',
    });
  });

  it('is deny for a capability that no rule can speak of, and for an address that is never used', () => {
    const policy = policyOf(permit('all', 'network.http-fetch'));
    for (const capability of ['shell.exec', 'constructor', '__proto__', ''])
      expect(policy.decide({ agentId: 'a', capability, input: {} })).toMatchObject({
        verdict: 'deny',
        rule: 'unknown-capability',
        allowed: [],
      });
    for (const url of ['ftp://example.org/', 'https://a@example.org/', 'nonsense'])
      expect(policy.decide(fetching(url))).toMatchObject({ verdict: 'deny', rule: 'input-refused' });
    expect(policy.decide({ agentId: 'a', capability: 'network.http-fetch', input: { url: 1 } })).toMatchObject({
      verdict: 'deny',
    });
  });

  it('needs both the keeping and the fetching to be allowed before a URL is kept, and takes the stricter answer', () => {
    const call = {
      agentId: 'a',
      capability: 'resource.ingest',
      input: { source: 'url', url: 'https://example.org/x' },
    };
    const keep = permit('keep', 'resource.ingest');
    expect(policyOf(keep).decide(call)).toMatchObject({ verdict: 'deny', rule: 'default-deny' });
    expect(policyOf(permit('get', 'network.http-fetch')).decide(call)).toMatchObject({ verdict: 'deny' });
    expect(policyOf(keep + permit('get', 'network.http-fetch')).decide(call)).toMatchObject({
      verdict: 'allow',
      rule: 'keep',
    });
    const asking = permit('get', 'network.http-fetch', 'context.method == "GET"', '@approval("human")');
    expect(policyOf(keep + asking).decide(call)).toMatchObject({ verdict: 'ask', rule: 'get' });
  });

  it('sees the named destination, the query keys and the body', () => {
    const when =
      'resource.destination == "wiki" && context.queryKeys == ["q"] && context.hasBody && resource.port == 8080';
    const policy = policyOf(permit('one', 'network.http-fetch', when));
    const post = { method: 'POST', body: 'x' };
    expect(policy.decide(fetching('http://wiki.internal:8080/a?q=1&q=2', post)).verdict).toBe('allow');
    const referred = { method: 'POST', bodyRef: formatId('resource', new Uint8Array(16)) };
    expect(policy.decide(fetching('http://wiki.internal:8080/a?q=1', referred)).verdict).toBe('allow');
    expect(policy.decide(fetching('http://wiki.internal:8081/a?q=1', post)).verdict).toBe('deny');
    expect(policy.decide(fetching('http://wiki.internal:8080/a?q=1&r=2', post)).verdict).toBe('deny');
    expect(policy.decide(fetching('http://wiki.internal:8080/a?q=1')).verdict).toBe('deny');
  });

  it('keeps two policies apart', () => {
    const first = policyOf(permit('first', 'resource.list'));
    const second = policyOf(permit('second', 'resource.list'));
    const call = { agentId: 'a', capability: 'resource.list', input: {} };
    expect([first.decide(call).rule, second.decide(call).rule, first.decide(call).rule]).toEqual([
      'first',
      'second',
      'first',
    ]);
  });
});

describe('the answers that are kept', () => {
  const onePage = permit('read', 'network.http-fetch', 'context.path == "/a" && !(context.queryKeys.contains("x"))');

  it('are the answer to the same question only', () => {
    const policy = policyOf(onePage);
    const verdicts = ['/a', '/b', '/a', '/a?x=1', '/b', '/a'].map(
      (path) => policy.decide(fetching(`https://example.org${path}`)).verdict,
    );
    expect(verdicts).toEqual(['allow', 'deny', 'allow', 'deny', 'deny', 'allow']);
  });

  it('are those of one pack: another pack decides anew', () => {
    expect(policyOf(onePage).decide(fetching('https://example.org/a')).verdict).toBe('allow');
    expect(policyOf(permit('keep', 'resource.ingest')).decide(fetching('https://example.org/a')).verdict).toBe('deny');
  });

  it('do not pile up, and being forgotten changes no answer', () => {
    const policy = policyOf(onePage);
    const first = policy.decide(fetching('https://example.org/a'));
    expect(policy.decide(fetching('https://example.org/a'))).toBe(first);
    for (let page = 0; page < 2_100; page++) policy.decide(fetching(`https://example.org/${page}`));
    const again = policy.decide(fetching('https://example.org/a'));
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});

describe('action requests', () => {
  it('name the destination by scheme, host and port, IPv6 in brackets', () => {
    const asked = actionRequests(fetching('http://[::1]/'), []);
    expect(asked).toMatchObject({ outcome: 'requests', requests: [{ resource: { id: 'http://[::1]:80' } }] });
  });

  it('name the resource that is read', () => {
    const input = { resourceId: 'res_00000000000000000000000000' };
    expect(actionRequests({ agentId: 'a', capability: 'resource.get', input }, [])).toMatchObject({
      requests: [{ action: 'resource.get', resource: { type: 'Resource', id: input.resourceId } }],
    });
  });
});

describe('a capability that rules do not know by name', () => {
  const about = { owner: 'shop', effect: 'writes' as const, untrusted: false, risk: 'high' as const };
  const call = {
    agentId: 'agent-1',
    capability: 'shop.order',
    input: { item: 'tea', count: 2, more: { a: 1 } },
    about,
  };
  const order = (when: string) =>
    policyOf(
      `@id("order") permit (principal, action == Action::"capability.call", resource == Capability::"shop.order") when { ${when} };`,
    );

  it.each([
    ['resource.owner == "shop"', 'allow'],
    ['resource.owner == "other"', 'deny'],
    ['context.effect == "writes" && context.risk == "high" && !context.untrusted', 'allow'],
    ['context.fields.containsAll(["count=2", "item=tea"])', 'allow'],
    ['context.fields.contains("count=3")', 'deny'],
  ])('is decided by what it says of itself: %s', (when, verdict) => {
    expect(order(when).decide(call).verdict).toBe(verdict);
  });

  it('is denied when it is another one, and when nothing is known of it', () => {
    expect(order('true').decide({ ...call, capability: 'shop.cancel' })).toMatchObject({ rule: 'default-deny' });
    const { about: _, ...unknown } = call;
    expect(order('true').decide(unknown)).toMatchObject({ verdict: 'deny', rule: 'unknown-capability' });
  });
});
