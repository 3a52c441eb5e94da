import { rootCertificates } from 'node:tls';
import { callOf, world } from '../../test/calls.ts';
import { destination, type Destination } from '../../test/destination.ts';
import { selfSigned, type SelfSigned } from '../../test/self-signed.ts';

const right = selfSigned('site.internal');
const wrong = selfSigned('other.internal');
const authorities = [...rootCertificates, right.cert, wrong.cert];

const open: Destination[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function fetchFrom(identity: SelfSigned | undefined, trusted?: readonly string[]) {
  const server = await destination((_request, response) => response.end('secret'), identity);
  open.push(server);
  const { policy, calls, ledger } = world({
    ports: { 'site.internal': server.port },
    ...(trusted ? { authorities: trusted } : {}),
  });
  const call = callOf(policy, { url: `https://site.internal:${server.port}/`, method: 'POST', body: 'x' });
  const answer = await calls.make(call);
  const [fact] = await ledger.readStream(call.grant.callId, 1);
  return { answer, fact, seen: server.seen };
}

describe('a fetch over TLS', () => {
  it('is made to a host whose certificate is its own and from a trusted authority', async () => {
    const { answer, seen } = await fetchFrom(right, authorities);
    expect(answer).toMatchObject({ ok: true, value: { result: { body: 'secret' } } });
    expect(seen).toMatchObject([{ alpn: 'http/1.1' }]);
    // The wire carries the handshake too.
    expect(answer.ok && answer.value.bytesIn).toBeGreaterThan(500);
  });

  it.each([
    ['nobody trusts', right, undefined],
    ["is another host's", wrong, authorities],
    ['does not exist', undefined, authorities],
  ] as const)('is refused, and sends nothing, when the certificate %s', async (_what, identity, trusted) => {
    const { answer, fact, seen } = await fetchFrom(identity, trusted);
    expect(answer).toMatchObject({ ok: false, rejection: { code: 'UPSTREAM_TLS_FAILED' } });
    expect(fact).toMatchObject({
      type: 'egress.failed',
      data: { code: 'UPSTREAM_TLS_FAILED', stage: 'tls', sent: false },
    });
    expect(seen).toHaveLength(0);
  });
});
