import { once } from 'node:events';
import { connect, rootCertificates, type SecureContextOptions } from 'node:tls';
import { callOf, world } from '../../test/calls.ts';
import { destination, type Destination } from '../../test/destination.ts';
import { selfSigned, type SelfSigned } from '@causeway/testing';

const right = selfSigned('site.internal');
const wrong = selfSigned('other.internal');
const expired = selfSigned('site.internal', '210101000000Z');
const authorities = [...rootCertificates, right.cert, wrong.cert, expired.cert];

const open: Destination[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

type Identity = SelfSigned & Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;

async function fetchFrom(identity: Identity | undefined, trusted?: readonly string[]) {
  const server = await destination((_request, response) => response.end('secret'), identity);
  open.push(server);
  const { policy, calls, ledger } = world({
    ports: { 'site.internal': server.port },
    ...(trusted ? { authorities: trusted } : {}),
  });
  const call = callOf(policy, { url: `https://site.internal:${server.port}/`, method: 'POST', body: 'x' });
  const answer = await calls.make(call);
  const [fact] = await ledger.readStream(call.grant.callId, 1);
  return { answer, fact, seen: server.seen, port: server.port };
}

/** What a client agrees on with the destination that takes every version and every certificate. */
async function lenientVersion(port: number): Promise<string | null> {
  const lenient = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0', rejectUnauthorized: false } as const;
  const socket = connect({ host: '127.0.0.1', port, ...lenient });
  await once(socket, 'secureConnect');
  const version = socket.getProtocol();
  socket.destroy();
  return version;
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
    ['is past its time', expired, authorities],
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

  it.each(['TLSv1.3', 'TLSv1.2'] as const)('speaks %s', async (version) => {
    const { answer } = await fetchFrom({ ...right, minVersion: version, maxVersion: version }, authorities);
    expect(answer).toMatchObject({ ok: true });
  });

  it.each(['TLSv1.1', 'TLSv1'] as const)(
    'is refused by us when the destination speaks %s at the most',
    async (version) => {
      const old = { ...right, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
      const { answer, fact, seen, port } = await fetchFrom(old, authorities);
      expect(await lenientVersion(port)).toBe(version);
      expect(answer).toMatchObject({ ok: false, rejection: { code: 'UPSTREAM_TLS_FAILED' } });
      expect(fact).toMatchObject({ type: 'egress.failed', data: { stage: 'tls', sent: false } });
      expect(seen).toHaveLength(0);
    },
  );
});
