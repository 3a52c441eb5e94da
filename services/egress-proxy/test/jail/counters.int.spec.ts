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

/** Of each connection, in bytes: what the kernel takes in ahead of who reads (tcp(7), tcp_rmem); a last segment may go beyond it. */
const RECEIVE_BUFFER = 65_536;
const SMALL_BUFFERS = [`echo 4096 ${RECEIVE_BUFFER} ${RECEIVE_BUFFER} > /proc/sys/net/ipv4/tcp_rmem`];

type Way = 'In' | 'Out';

describe('the bytes that the ledger has', () => {
  let system: JailSystem;
  let whole: Measured;
  let cut: Measured;

  beforeAll(async () => {
    system = await jailSystem(jailPack(DESTINATIONS));
    const { proxySide, internet } = system.networks;
    await Promise.all([proxySide, internet].map((network) => inShell(network, COMPUTABLE)));
    whole = await measured(system, async (holder) => {
      const loads = [await load(system, holder, 'whole'), await fetches(system, holder)];
      const sum = (name: keyof Moved): number => loads.reduce((total, one) => total + one[name], 0);
      return { requests: sum('requests'), sent: sum('sent'), taken: sum('taken') };
    });
    await inShell(proxySide, SMALL_BUFFERS);
    cut = await measured(system, (holder) => load(system, holder, 'cut'));
    process.stdout.write([line(whole, 'In'), line(whole, 'Out'), line(cut, 'In'), line(cut, 'Out')].join(''));
  }, 120_000);
  afterAll(() => system?.close(), 60_000);

  it('are of many ways to use the way out', () => {
    const { facts, moved } = whole;
    expect(new Set(facts.map(({ type }) => type))).toEqual(new Set(['egress.completed', 'egress.tunnelled']));
    expect(facts.length).toBe(moved.requests);
    expect(facts.length).toBeGreaterThan(50);
  });

  it.each(['In', 'Out'] as const)("are those that the kernel counted, without TCP's and IP's own: bytes %s", (way) => {
    const { least, most } = onWire(whole, way);
    const unread = way === 'In' ? fetchedByTls(whole) * FAREWELL_BYTES : 0;
    expect(sealed(whole, way)).toBeGreaterThanOrEqual(least - unread);
    expect(sealed(whole, way)).toBeLessThanOrEqual(most);
    expect(most - least).toBeLessThan(most / 10);
  });

  it('are, of tunnels whose client leaves half-way, short of what the kernel had taken in by its buffers', () => {
    const { least, most } = onWire(cut, 'In');
    expect(cut.facts.length).toBe(cut.moved.requests);
    expect(sealed(cut, 'In')).toBeLessThanOrEqual(most);
    expect(sealed(cut, 'In')).toBeGreaterThanOrEqual(least - cut.facts.length * 2 * RECEIVE_BUFFER);
  });

  it.each([
    ['whole', () => whole],
    ['cut', () => cut],
  ])('went over the wire as they were sent: %s', (_name, of) => {
    const { near, far } = of();
    const { bytesIn, bytesOut, packetsIn, packetsOut } = near;
    expect(far).toMatchObject({ bytesIn: bytesOut, bytesOut: bytesIn, packetsIn: packetsOut, packetsOut: packetsIn });
  });

  it.each([
    ['In', () => whole.moved.taken],
    ['Out', () => whole.moved.sent],
  ] as const)('are the bodies and little more: bytes %s', (way, bodies) => {
    expect(sealed(whole, way)).toBeGreaterThan(bodies());
    expect(sealed(whole, way)).toBeLessThan(bodies() * (1 + RECORD_SHARE) + whole.moved.requests * AROUND_BYTES);
  });
});

/** A load, with what both ends of the wire and the ledger counted of it. */
type Measured = {
  readonly moved: Moved;
  readonly near: KernelCount;
  readonly far: KernelCount;
  readonly facts: readonly RecordedEvent[];
};

async function measured(system: JailSystem, make: (holder: Holder) => Promise<Moved>): Promise<Measured> {
  const holder = await system.newHolder('worker');
  const before = await quietCount(system);
  const moved = await make(holder);
  const facts = await factsOf(system, holder, moved);
  const after = await quietCount(system);
  return { moved, facts, near: difference(after[0], before[0]), far: difference(after[1], before[1]) };
}

const sealed = ({ facts }: Measured, way: Way): number =>
  facts.reduce((total, { data }) => total + ((data as Readonly<Record<string, number>>)[`bytes${way}`] ?? 0), 0);

function onWire({ near, far, facts }: Measured, way: Way): Carried {
  const counted = { bytes: near[`bytes${way}`], packets: near[`packets${way}`], connections: facts.length };
  return carried(counted, way === 'In' ? far : near);
}

const fetchedByTls = ({ facts }: Measured): number =>
  facts.filter(({ type, data }) => type === 'egress.completed' && (data as { scheme: string }).scheme === 'https')
    .length;

function line(of: Measured, way: Way): string {
  const { headers, least, most } = onWire(of, way);
  const [bytes, packets, counted] = [of.near[`bytes${way}`], of.near[`packets${way}`], sealed(of, way)];
  const payload = least === most ? String(most) : `${least}..${most}`;
  const bodies = way === 'In' ? of.moved.taken : of.moved.sent;
  return `bytes ${way.toLowerCase()} of ${of.facts.length} calls: interface ${bytes} in ${packets} packets - ${headers} of headers = ${payload}; ledger ${counted} (bodies ${bodies}, heads and TLS ${counted - bodies}); difference ${most - counted}\n`;
}

type BothEnds = readonly [KernelCount, KernelCount];

/** Looks in a row that find the wire as it was: on a busy machine the last packets of a connection come late. */
const QUIET_LOOKS = 8;

/** Both ends of the wire once nothing goes over it any more: the last packets of a connection come after its fact. */
async function quietCount({ networks: { proxySide, internet } }: JailSystem): Promise<BothEnds> {
  const count = async (): Promise<BothEnds> => [
    await kernelCount(proxySide, WIRE.proxy.device),
    await kernelCount(internet, WIRE.internet.device),
  ];
  let now = await count();
  let same = 0;
  await until('the wire is quiet', async () => {
    const before = now;
    now = await count();
    same = JSON.stringify(now) === JSON.stringify(before) ? same + 1 : 0;
    return same === QUIET_LOOKS;
  });
  return now;
}

async function load(
  { networks, identity }: JailSystem,
  { runId, token }: Holder,
  kind: 'whole' | 'cut',
): Promise<Moved> {
  const known: Partial<Known> = { proxyPort: PROXY_PORT, credential: basic(runId, token), authority: identity.cert };
  const [program = '', ...args] = [...networks.proxySide.enter, process.execPath, join(import.meta.dirname, 'load.ts')];
  const ran = await runProgram(program, [...args, JSON.stringify(known), kind], { cwd: '/', env: {} });
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
