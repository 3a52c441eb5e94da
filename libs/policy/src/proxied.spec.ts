import { createPolicy } from './decide.ts';
import { parsePack } from './pack.ts';

const pack = parsePack(
  {
    'pack.yaml': `
id: test
version: '1'
description: For tests.
limits: { maxSteps: 1, defaultSteps: 1, maxWallClockMs: 1000, defaultWallClockMs: 1000 }
approvals: { expiresAfterMs: 1000 }
destinations: []
egress: { maxRequestBytes: 100, maxResponseBytes: 100, timeoutMs: 1000, maxRedirects: 1 }
`,
    'constitution.cedar': '',
    'policy.cedar': `
@id("tunnel") permit (principal, action == Action::"network.tunnel", resource)
when { resource.host == "a.example.org" && resource.port == 443 && context.sni == "a.example.org" };
@id("forward") permit (principal, action == Action::"network.forward", resource)
when { resource.scheme == "http" && resource.host == "a.example.org" && context.method == "GET" && context.path == "/x" && !context.hasBody };
@id("asked") @approval("human") permit (principal, action == Action::"network.forward", resource) when { context.path == "/asked" };
@id("fetch") permit (principal, action == Action::"network.http-fetch", resource) when { context.path == "/fetched" };
`,
  },
  {},
);
const policy = createPolicy(pack);
const waiting = { listener: 'l', connection: 'c'.repeat(32) };
const decide = (capability: string, input: object) =>
  policy.decide({ agentId: 'worker', capability, input: { ...waiting, ...input } });

describe('what comes by way of the proxy', () => {
  it('is a tunnel to a host and a port', () => {
    const tunnel = (host: string, port: number) => decide('network.tunnel', { host, port });
    expect(tunnel('a.example.org', 443)).toMatchObject({ verdict: 'allow', rule: 'tunnel' });
    expect(tunnel('a.example.org', 8443)).toMatchObject({ verdict: 'deny', rule: 'default-deny' });
    expect(tunnel('b.example.org', 443)).toMatchObject({ verdict: 'deny', rule: 'default-deny' });
    expect(tunnel('a b', 443)).toMatchObject({ verdict: 'deny', rule: 'input-refused' });
    expect(tunnel('a.example.org', 0)).toMatchObject({ verdict: 'deny', rule: 'input-refused' });
  });

  it('is a request, by rules of its own', () => {
    const forward = (over: object) =>
      decide('network.forward', { method: 'GET', url: 'http://a.example.org/x', ...over });
    expect(forward({})).toMatchObject({ verdict: 'allow', rule: 'forward' });
    expect(forward({ method: 'POST' })).toMatchObject({ verdict: 'deny' });
    expect(forward({ bodyBytes: 1 })).toMatchObject({ verdict: 'deny' });
    expect(forward({ bodyStreamed: true })).toMatchObject({ verdict: 'deny', rule: 'default-deny' });
    expect(forward({ url: 'http://a.example.org/fetched' })).toMatchObject({ verdict: 'deny' });
    expect(forward({ url: 'http://u@a.example.org/x' })).toMatchObject({ verdict: 'deny', rule: 'input-refused' });
  });

  it('is never for a person to agree to where its body has not been seen', () => {
    const forward = (over: object) =>
      decide('network.forward', { method: 'POST', url: 'http://a.example.org/asked', bodyBytes: 5, ...over });
    expect(forward({})).toMatchObject({ verdict: 'ask', rule: 'asked' });
    expect(forward({ bodyStreamed: true })).toMatchObject({ verdict: 'deny', rule: 'input-refused' });
  });

  it.each(['network.forward', 'network.tunnel'])(
    'is refused whatever the rules say when its form was wrong: %s',
    (capability) => {
      const input = {
        method: 'GET',
        url: 'http://a.example.org/x',
        host: 'a.example.org',
        port: 443,
        problem: 'two Hosts',
      };
      const { method, url, host, port, problem } = input;
      const own = capability === 'network.forward' ? { method, url, problem } : { host, port, problem };
      expect(decide(capability, own)).toMatchObject({ verdict: 'deny', rule: 'input-refused', reason: 'two Hosts' });
    },
  );
});
