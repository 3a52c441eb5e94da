import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { loadCertificates } from '../../test/intercepted.features.ts';
import { authoritiesFrom } from '../../test/proxied.ts';
import { selfSigned } from '@causeway/testing';
import { acceptTls } from './accept-tls.ts';

const HOST = 'site.internal';
const { key, cert } = selfSigned(HOST);
const context = createSecureContext({ key, cert });

beforeAll(loadCertificates, 60_000);

/** What becomes of a handshake between a client with these options and a server for the host. */
async function handshake(options: object, signal = new AbortController().signal) {
  const { promise: taken, resolve } = Promise.withResolvers<Socket>();
  const server = createServer({ pauseOnConnect: true }, resolve);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const wire = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const client = connectTls({ socket: wire, ca: cert, ...options }).on('error', () => {});
  const socket = await taken;
  try {
    const secure = await acceptTls({ socket, context, host: HOST, signal, withinMs: 2_000 });
    return { ok: true, protocol: secure.getProtocol(), resumed: secure.isSessionReused() };
  } catch (error) {
    return { ok: false, code: (error as { stop?: { code: string } }).stop?.code };
  } finally {
    for (const end of [client, socket, wire]) end.destroy();
    server.close();
  }
}

describe('a handshake with a client', () => {
  it('is for one host', async () => {
    expect(await handshake({ servername: HOST })).toEqual({ ok: true, protocol: 'TLSv1.3', resumed: false });
    const unchecked = { servername: 'evil.example.org', rejectUnauthorized: false };
    expect(await handshake(unchecked)).toEqual({ ok: false, code: 'TUNNEL_REFUSED' });
  });

  it('can be asked for again with another key, and is for the same host still', async () => {
    expect(await handshake({ servername: HOST, ecdhCurve: 'P-521' })).toMatchObject({ ok: true });
  });

  it('that is ended from outside is not said to have been refused', async () => {
    expect(await handshake({ servername: HOST }, AbortSignal.abort('enough'))).toEqual({
      ok: false,
      code: 'UPSTREAM_TIMEOUT',
    });
  });

  it('is begun with a certificate that is shown for an hour, and then with another', async () => {
    let now = '2026-01-01T00:00:00.000Z';
    const authorities = authoritiesFrom(Buffer.alloc(32, 1), () => now);
    const shown = async () => (await authorities.identityFor('run-1', HOST)).certificateSha256;
    const first = await shown();
    now = '2026-01-01T00:59:59.000Z';
    expect(await shown()).toBe(first);
    now = '2026-01-01T01:00:00.000Z';
    expect(await shown()).not.toBe(first);
  });
});
