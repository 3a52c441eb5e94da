import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSigned, until } from '@causeway/testing';
import { connectVia, proxied, tlsIn, type ProxiedOptions } from '../../test/proxied.ts';
import { closeAll, serve } from '../../test/sites.ts';

const HOST = 'site.internal';
const identity = selfSigned(HOST);
/** More than the buffers of all connections on the way hold. */
const LARGE = 24_000_000;
const LATE_MS = 300;
const limits = { tunnelBytesIn: 40_000_000 };

describe('a tunnel with more on its way than fits', () => {
  let close: () => Promise<void>;
  afterEach(async () => {
    await close();
    await closeAll();
  });

  async function tunnelTo(respond: Parameters<typeof serve>[0], egress: ProxiedOptions['egress'] = limits) {
    const server = await serve(respond, identity);
    const made = await proxied({ ports: { [HOST]: server.port }, egress });
    ({ close } = made);
    const { socket } = await connectVia(made.port, `${HOST}:${server.port}`);
    const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
    return { tls, made, target: `${HOST}:${server.port}` };
  }

  it('carries a large answer whole to a client that reads it late', async () => {
    const page = randomBytes(LARGE);
    const { tls, target } = await tunnelTo((_request, response) => response.end(page));
    tls.write(`GET / HTTP/1.1\r\nHost: ${target}\r\nConnection: close\r\n\r\n`);
    await sleep(LATE_MS);
    const chunks: Buffer[] = [];
    for await (const chunk of tls as AsyncIterable<Buffer>) chunks.push(chunk);
    expect(Buffer.concat(chunks).subarray(-LARGE).equals(page)).toBe(true);
  });

  it('is cut when a client sends more than it may', async () => {
    const egress = { tunnelBytesOut: 50_000 };
    const { tls, made, target } = await tunnelTo((_request, response) => response.end(), egress);
    tls.on('error', () => {});
    tls.end(`POST / HTTP/1.1\r\nHost: ${target}\r\nContent-Length: ${LARGE}\r\n\r\n${'x'.repeat(LARGE)}`);
    tls.resume();
    const facts = () => made.ledger.readStream(made.grants.at(-1)?.callId ?? '', 1);
    await until('its fact is there', async () => (await facts()).length > 0);
    const [fact] = await facts();
    expect(fact).toMatchObject({ type: 'egress.tunnelled', data: { endedBy: 'bytes' } });
    expect((fact!.data as { bytesOut: number }).bytesOut).toBeLessThanOrEqual(egress.tunnelBytesOut);
  });
});
