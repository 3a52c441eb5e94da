import { nameServer, type NameRecords, type NameServer } from '../../test/name-server.ts';
import { dnsResolve } from './resolve.ts';

const V6 = '2606:4700::1111';
const RECORDS: Readonly<Record<string, NameRecords>> = {
  'both.example.org': { addresses: ['93.184.216.34', '127.0.0.1', V6] },
  'v6.example.org': { addresses: [V6] },
  'none.example.org': {},
  'alias.example.org': { alias: 'both.example.org' },
  'inward.example.org': { alias: 'target.local' },
  'circle.example.org': { alias: 'elcric.example.org' },
  'elcric.example.org': { alias: 'circle.example.org' },
  'half.example.org': { addresses: ['93.184.216.34'], alias: 'v6.example.org' },
  'mute.example.org': { silent: true },
  'unclear.example.org': { addresses: ['93.184.216.34'], hidesAlias: true },
};
/** c9 has an address, and each other is an alias of the next: c1 has eight, c0 nine. */
const recordsOf = (name: string): NameRecords | undefined => {
  const step = /^c(\d)\.example\.org$/.exec(name)?.[1];
  if (step === undefined) return RECORDS[name];
  return step === '9' ? { addresses: ['93.184.216.34'] } : { alias: `c${Number(step) + 1}.example.org` };
};

describe('asking for addresses', () => {
  let server: NameServer;
  const signal = new AbortController().signal;
  beforeAll(async () => {
    server = await nameServer(recordsOf);
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

  it('follows aliases, eight at the most, and keeps the addresses of every name on the way', async () => {
    const resolve = dnsResolve([server.server]);
    expect(await resolve('alias.example.org', signal)).toEqual(['93.184.216.34', '127.0.0.1', V6]);
    expect(await resolve('half.example.org', signal)).toEqual(['93.184.216.34', V6]);
    expect(await resolve('c1.example.org', signal)).toEqual(['93.184.216.34']);
    for (const host of ['c0.example.org', 'circle.example.org', 'inward.example.org'])
      await expect(resolve(host, signal)).rejects.toMatchObject({
        stop: { code: 'ADDRESS_REFUSED', stage: 'resolve' },
      });
    expect(server.asked).not.toContain('target.local');
  });

  it('does not believe addresses while it cannot be known whether the name is an alias', async () => {
    await expect(dnsResolve([server.server])('unclear.example.org', signal)).rejects.toMatchObject({
      stop: { code: 'DNS_FAILED' },
    });
  });

  it('waits no longer than the time for all questions together', async () => {
    await expect(dnsResolve([server.server], 100)('mute.example.org', signal)).rejects.toMatchObject({
      stop: { code: 'DNS_FAILED' },
    });
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
