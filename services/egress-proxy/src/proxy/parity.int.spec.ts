import { proxied, viaProxy, type Proxied } from '../../test/proxied.ts';
import { callOf } from '../../test/calls.ts';
import { closeAll, codeOf, factOf, serve } from '../../test/sites.ts';
import type { Recorded } from '@causeway/eventing';

let running: Proxied | undefined;
afterEach(async () => {
  await running?.close();
  await closeAll();
});

const RULES = `@id("all") permit (principal, action in [Action::"network.http-fetch", Action::"network.forward"], resource)
when { context.path != "/denied" };`;

/** What a fact says of a call, without what is different for every call, and without what a port or the Via field makes different. */
function told(fact: Recorded | undefined): object {
  const data = fact?.data as Readonly<Record<string, unknown>>;
  const own = ['callId', 'runId', 'stepId', 'at', 'durationMs', 'bytesOut', 'bytesIn'];
  return { type: fact?.type, ...Object.fromEntries(Object.entries(data).filter(([name]) => !own.includes(name))) };
}

describe('a fetch and the same request in absolute form', () => {
  it.each([
    ['a page', '/page?b=1&a=2', {}],
    ['a page that is not there', '/missing', {}],
    ['what policy denies', '/denied', {}],
    ['a HEAD', '/page', { method: 'HEAD' }],
    ['a POST', '/page', { method: 'POST', body: 'x=1' }],
    ['a method that is not sent', '/page', { method: 'PUT', body: 'x' }],
    ['a GET with a body', '/page', { method: 'GET', body: 'x' }],
    ['an answer that is packed', '/packed', {}],
    ['an answer that is too large', '/large', {}],
    ['an answer that lies about its type', '/lie', {}],
    ['an inner address', 'http://10.0.0.1/', {}],
    ['metadata', 'http://169.254.169.254/latest/', {}],
    ['a name with an inner address', 'http://a.example.org/', {}],
    ['a name without address', 'http://b.example.org/', {}],
    ['a name that looks like data', 'http://jbswy3dpehpk3pxpnb2gk4t6.example.org/', {}],
    ['a port that is not listed', 'http://a.example.org:8080/', {}],
  ])(
    'get the same verdict and leave the same fact: %s',
    async (_name, target, more: { method?: string; body?: string }) => {
      const server = await serve((request, response) => {
        if (request.target === '/missing') response.writeHead(404);
        if (request.target === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' });
        if (request.target === '/lie') response.writeHead(200, { 'content-type': 'application/json' });
        response.end(request.target === '/large' ? 'x'.repeat(20_000) : request.target === '/lie' ? '<html>' : 'page');
      });
      const made = await proxied({
        rules: RULES,
        ports: { 'site.internal': server.port },
        dns: { 'a.example.org': ['10.0.0.1'] },
      });
      running = made;
      const url = target.startsWith('/') ? `http://site.internal:${server.port}${target}` : target;
      const reply = await viaProxy(made.port, url, more);
      const call = callOf(made.policy, { url, ...more });
      const structured = await made.calls.make(call);
      expect(reply.code ?? 'ok').toBe(codeOf(structured));
      const [grant] = made.grants;
      if (!grant) return expect(codeOf(structured)).toBe('POLICY_DENIED');
      const [forwarded] = await made.ledger.readStream(grant.callId, 1);
      expect(told(forwarded)).toEqual(told(await factOf(made, call)));
    },
  );
});
