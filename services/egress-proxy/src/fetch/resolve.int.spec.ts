import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { dnsResolve } from './resolve.ts';

const TYPE_A = 1;
const TYPE_AAAA = 28;

/** A name server (RFC 1035) that answers A and AAAA from a table, and NXDOMAIN for names it does not know. */
async function nameServer(records: Readonly<Record<string, readonly [number, string][]>>) {
  const asked: string[] = [];
  const socket: Socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let size = query[at]!; size > 0; size = query[at]!) {
      labels.push(query.toString('latin1', at + 1, at + 1 + size));
      at += size + 1;
    }
    const name = labels.join('.').toLowerCase();
    const type = query.readUInt16BE(at + 1);
    asked.push(name);
    const answers = (records[name] ?? [])
      .filter(([recordType]) => recordType === type)
      .map(([, hex]) => Buffer.from(hex, 'hex'));
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(name in records ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    const resources = answers.map((data) => {
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), ...resources]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address() as AddressInfo;
  return {
    asked,
    server: `127.0.0.1:${port}`,
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}

describe('asking for addresses', () => {
  let server: Awaited<ReturnType<typeof nameServer>>;
  const signal = new AbortController().signal;
  beforeAll(async () => {
    server = await nameServer({
      'both.example.org': [
        [TYPE_A, '5db8d822'],
        [TYPE_A, '7f000001'],
        [TYPE_AAAA, '26064700000000000000000000001111'],
      ],
      'v6.example.org': [[TYPE_AAAA, '26064700000000000000000000001111']],
      'none.example.org': [],
    });
  });
  afterAll(() => server.close());

  it('brings all of both kinds', async () => {
    expect(await dnsResolve([server.server])('both.example.org', signal)).toEqual([
      '93.184.216.34',
      '127.0.0.1',
      '2606:4700::1111',
    ]);
    expect(await dnsResolve([server.server])('v6.example.org', signal)).toEqual(['2606:4700::1111']);
  });

  it('fails for a host that does not exist or has none, and looks nowhere else', async () => {
    for (const host of ['none.example.org', 'unknown.example.org', 'localhost'])
      await expect(dnsResolve([server.server])(host, signal)).rejects.toMatchObject({ stop: { code: 'DNS_FAILED' } });
    expect(new Set(server.asked.filter((name) => name.startsWith('unknown')))).toEqual(
      new Set(['unknown.example.org']),
    );
  });

  it('ends when the call has no time left', async () => {
    await expect(dnsResolve(['127.0.0.1:9'])('slow.example.org', AbortSignal.timeout(50))).rejects.toMatchObject({
      stop: { code: 'DNS_FAILED' },
    });
    await expect(dnsResolve([server.server])('both.example.org', AbortSignal.abort())).rejects.toMatchObject({
      stop: { code: 'DNS_FAILED' },
    });
  });
});
