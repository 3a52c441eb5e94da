import { join } from 'node:path';
import { readAll, type RecordedEvent } from '@causeway/contracts';
import { runProgram, until } from '@causeway/testing';
import { basic } from '../proxied.ts';
import { PROXY_PORT, SITE, SITE_NAME, WIRE } from './addresses.ts';
import type { Known } from './attempt.ts';
import { jailPack } from './jail-pack.ts';
import { jailSystem, type Holder, type JailSystem, type JsonRecord } from './jail-system.features.ts';
import { carried, COMPUTABLE, difference, kernelCount, type Carried, type KernelCount } from './kernel-counters.ts';
import type { Moved } from './load.ts';
import { inShell } from './namespaces.features.ts';

/** Known by their address, so that no question to a name server goes over the wire. */
const DESTINATIONS = [80, 443].map((port) => ({ name: `site-${port}`, host: SITE_NAME, address: SITE, port }));
/** Heads of a request and its answer, and TLS's first messages with the site's certificate; and of each record of TLS (RFC 8446 section 5.2), at most one in 100. */
const AROUND_BYTES = 4_096;
const RECORD_SHARE = 0.01;
/** An encrypted alert (RFC 8446 section 6.1). A fetch that has its whole answer hangs up, and need not have read the other end's farewell. */
const FAREWELL_BYTES = 24;
/** What each fetch of the structured face is answered with; more would be kept by a service that is not here. */
const TAKEN_BYTES = 4_000;

describe('the bytes that the ledger has', () => {
  let system: JailSystem;
  let moved: Moved;
  let near: KernelCount;
  let far: KernelCount;
  let facts: readonly RecordedEvent[];

  beforeAll(async () => {
    system = await jailSystem(jailPack(DESTINATIONS));
    await Promise.all(
      [system.networks.proxySide, system.networks.internet].map((network) => inShell(network, COMPUTABLE)),
    );
    const holder = await system.newHolder('worker');
    const before = await quietCount(system);
    moved = await load(system, holder);
    const fetched = await fetches(system, holder);
    moved = {
      requests: moved.requests + fetched.requests,
      sent: moved.sent + fetched.sent,
      taken: moved.taken + fetched.taken,
    };
    facts = await factsOf(system, holder, moved);
    const after = await quietCount(system);
    [near, far] = [difference(after[0], before[0]), difference(after[1], before[1])];
    print();
  }, 120_000);
  afterAll(() => system.close(), 60_000);

  const ledger = (way: 'In' | 'Out'): number =>
    facts.reduce((total, { data }) => total + ((data as Readonly<Record<string, number>>)[`bytes${way}`] ?? 0), 0);
  const onWire = (way: 'In' | 'Out'): Carried =>
    carried(
      { bytes: near[`bytes${way}`], packets: near[`packets${way}`], connections: facts.length },
      way === 'In' ? far : near,
    );
  const fetchedByTls = (): number =>
    facts.filter(({ type, data }) => type === 'egress.completed' && (data as { scheme: string }).scheme === 'https')
      .length;
  const line = (way: 'In' | 'Out', bodies: number): string => {
    const { headers, least, most } = onWire(way);
    const [bytes, packets, counted] = [near[`bytes${way}`], near[`packets${way}`], ledger(way)];
    return `bytes ${way.toLowerCase()}: interface ${bytes} in ${packets} packets - ${headers} of headers = ${least === most ? most : `${least}..${most}`}; ledger ${counted}, of which bodies ${bodies}, heads and TLS ${counted - bodies}; difference ${most - counted}\n`;
  };
  const print = (): void => void process.stdout.write(line('In', moved.taken) + line('Out', moved.sent));

  it('are of many ways to use the way out', () => {
    expect(new Set(facts.map(({ type }) => type))).toEqual(new Set(['egress.completed', 'egress.tunnelled']));
    expect(facts.length).toBe(moved.requests);
    expect(facts.length).toBeGreaterThan(50);
  });

  it.each(['In', 'Out'] as const)("are those that the kernel counted, without TCP's and IP's own: bytes %s", (way) => {
    const { least, most } = onWire(way);
    const unread = way === 'In' ? fetchedByTls() * FAREWELL_BYTES : 0;
    expect(ledger(way)).toBeGreaterThanOrEqual(least - unread);
    expect(ledger(way)).toBeLessThanOrEqual(most);
    expect(most - least).toBeLessThan(most / 10);
  });

  it('went over the wire whole: what one end sent the other got', () => {
    const { bytesIn, bytesOut, packetsIn, packetsOut } = near;
    expect(far).toMatchObject({ bytesIn: bytesOut, bytesOut: bytesIn, packetsIn: packetsOut, packetsOut: packetsIn });
  });

  it.each([
    ['In', () => moved.taken],
    ['Out', () => moved.sent],
  ] as const)('are the bodies and little more: bytes %s', (way, bodies) => {
    expect(ledger(way)).toBeGreaterThan(bodies());
    expect(ledger(way)).toBeLessThan(bodies() * (1 + RECORD_SHARE) + moved.requests * AROUND_BYTES);
  });
});

type BothEnds = readonly [KernelCount, KernelCount];

/** Both ends of the wire once nothing goes over it any more: the last packets of a connection come after its fact. */
async function quietCount({ networks: { proxySide, internet } }: JailSystem): Promise<BothEnds> {
  const count = async (): Promise<BothEnds> => [
    await kernelCount(proxySide, WIRE.proxy.device),
    await kernelCount(internet, WIRE.internet.device),
  ];
  let now = await count();
  await until('the wire is quiet', async () => {
    const before = now;
    now = await count();
    return JSON.stringify(now) === JSON.stringify(before);
  });
  return now;
}

async function load({ networks, identity }: JailSystem, { runId, token }: Holder): Promise<Moved> {
  const known: Partial<Known> = { proxyPort: PROXY_PORT, credential: basic(runId, token), authority: identity.cert };
  const [program = '', ...args] = [...networks.proxySide.enter, process.execPath, join(import.meta.dirname, 'load.ts')];
  const ran = await runProgram(program, [...args, JSON.stringify(known)], { cwd: '/', env: {} });
  if (ran.code !== 0) throw new Error(`the load was not made: ${ran.stderr}`);
  return JSON.parse(ran.stdout) as Moved;
}

/** The same site by the structured face: in plain and by TLS, to and fro. */
async function fetches({ step }: JailSystem, holder: Holder): Promise<Moved> {
  const body = 'f'.repeat(20_000);
  const inputs = ['http', 'https'].flatMap((scheme): readonly JsonRecord[] => {
    const url = `${scheme}://${SITE_NAME}/?bytes=${TAKEN_BYTES}`;
    return [
      { url, method: 'GET', headers: {} },
      { url, method: 'POST', headers: { 'content-type': 'text/plain' }, body },
    ];
  });
  for (const input of inputs)
    expect(await step(holder, 'network.http-fetch', input)).toMatchObject({ state: 'succeeded' });
  return { requests: inputs.length, sent: 2 * body.length, taken: inputs.length * TAKEN_BYTES };
}

async function factsOf({ ask }: JailSystem, { runId }: Holder, { requests }: Moved): Promise<readonly RecordedEvent[]> {
  let facts: readonly RecordedEvent[] = [];
  await until('the ledger has every end', async () => {
    const { events } = await ask(readAll, { fromPosition: 0, limit: 1_000, scope: runId });
    facts = events.filter(({ type }) => type.startsWith('egress.'));
    return facts.length === requests;
  });
  return facts;
}
