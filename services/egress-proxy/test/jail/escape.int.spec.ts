import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readAll, revokeSession, type RecordedEvent } from '@causeway/contracts';
import { runProgram, until } from '@causeway/testing';
import { basic } from '../proxied.ts';
import { BARE_PROXY_PORT, CANARY, markOf, PROXY_PORT } from './addresses.ts';
import type { Known, Told } from './attempt.ts';
import { DIRECT } from './direct.features.ts';
import { EXPECTED } from './expected.ts';
import { jailPack } from './jail-pack.ts';
import { jailSystem, type Holder, type JailSystem } from './jail-system.features.ts';
import { inJail } from './namespaces.features.ts';
import { ALLOWED, PROXIED } from './proxied-attempts.ts';

const THROUGH_PROXY = [...PROXIED, ...ALLOWED].map(({ name }) => name);

describe('a process that has only the proxy', () => {
  let system: JailSystem;
  let jailed: Round;
  let unjailed: Round;
  let unguarded: Round;
  let facts: readonly string[];

  beforeAll(async () => {
    system = await jailSystem(jailPack());
    const holder = await system.newHolder('prisoner');
    const known = await knownIn(system, holder);
    const { proxySide } = system.networks;
    const jail = (name: string, socket: string): readonly string[] => {
      const root = join(system.folder, name);
      mkdirSync(root);
      return [...inJail(proxySide, { root, socket, port: PROXY_PORT }), '/node', '/jail/attempts.ts'];
    };
    const free = [...proxySide.enter, process.execPath, join(import.meta.dirname, 'attempts.ts')];
    jailed = await round(system, jail('jail', system.sockets.proxy), known, ['direct', 'proxied', 'allowed']);
    unjailed = await round(system, free, { ...known, proxyPort: BARE_PROXY_PORT }, ['direct']);
    unguarded = await round(system, jail('unguarded', system.sockets.bareProxy), known, ['proxied']);
    facts = await factsOf(system, holder);
    print({ jailed, unjailed, unguarded });
  }, 120_000);
  afterAll(() => system?.close(), 60_000);

  it('gets no byte out, by any way, and no question to a name server', () => {
    const { bytes, text, pings, asked } = jailed.sunk;
    expect({ bytes, text, pings }).toEqual({ bytes: 0, text: '', pings: { v4: 0, v6: 0 } });
    expect(asked.filter((name) => /canary|leak|wild/.test(name))).toEqual([]);
  });

  it('has connections made for it to hosts that policy allows, and to no others', () => {
    expect(new Set(jailed.sunk.connectedTo)).toEqual(new Set([`${CANARY.front} 443`]));
  });

  it('has every attempt that came to the proxy refused, and what is allowed done', () => {
    const told = Object.fromEntries(jailed.told.map(({ name, told: what }) => [name, what]));
    const expected = Object.fromEntries(Object.entries(EXPECTED).map(([name, { told: what }]) => [name, what]));
    expect(told).toMatchObject(expected);
    expect(new Set(Object.keys(EXPECTED))).toEqual(new Set(THROUGH_PROXY));
  });

  it('has every attempt that came to the proxy in the ledger, in its order', () => {
    expect(facts).toEqual(THROUGH_PROXY.flatMap((name) => EXPECTED[name]?.ledger ?? ['?']));
  });

  it("has those attempts counted in the ledger that are no run's, by what they were told", async () => {
    const ofNobody = Object.values(EXPECTED).filter(({ ledger }) => ledger.length === 0);
    const counted = Object.entries(Object.groupBy(ofNobody, ({ told }) => told));
    const expected = Object.fromEntries(counted.map(([code, all]) => [code, all?.length]));
    await until('every attempt is counted', async () => sumOf(await unownedCounts(system)) >= ofNobody.length);
    expect(await unownedCounts(system)).toEqual(expected);
  });

  it.each(DIRECT.map(({ name }) => name))('would get out without the jail: %s', (name) => {
    expect(arrived(name, unjailed.sunk)).toBe(true);
  });

  it.each(PROXIED.map(({ name }) => name))('would get out by a proxy without guards: %s', (name) => {
    expect(arrived(name, unguarded.sunk)).toBe(true);
  });
});

type Sunk = Awaited<ReturnType<typeof sunkIn>>;
type Round = { readonly told: readonly Told[]; readonly sunk: Sunk };

/** One run of the attempts, and what came of them to where nothing may come. */
async function round(
  system: JailSystem,
  words: readonly string[],
  known: Known,
  groups: readonly string[],
): Promise<Round> {
  const { pings } = await system.internet();
  await system.beside();
  const [program = '', ...args] = [...words, JSON.stringify(known), ...groups];
  const ran = await runProgram(program, args, { cwd: '/', env: {} });
  if (ran.code !== 0) throw new Error(`the attempts were not made: ${ran.stderr}`);
  const lines = ran.stdout.trim().split('\n');
  return { told: lines.map((line) => JSON.parse(line) as Told), sunk: await sunkIn(system, pings) };
}

async function sunkIn(system: JailSystem, before: { readonly v4: number; readonly v6: number }) {
  const [far, near] = [await system.internet(), await system.beside()];
  return {
    connectedTo: [...far.connectedTo, ...near.connectedTo],
    bytes: far.tcpBytes + near.tcpBytes + far.udpBytes + near.udpBytes,
    text: far.text + near.text,
    asked: far.asked,
    pings: { v4: far.pings.v4 - before.v4, v6: far.pings.v6 - before.v6 },
  };
}

function arrived(name: string, { text, asked, pings }: Sunk): boolean {
  if (name === 'ping-v4' || name === 'ping-v6') return pings[name === 'ping-v4' ? 'v4' : 'v6'] > 0;
  const mark = markOf(name);
  const marks = [mark, Buffer.from(mark).toString('hex')];
  return marks.some((one) => text.includes(one) || asked.some((question) => question.includes(one)));
}

async function knownIn({ newHolder, ask, sockets, networks, identity }: JailSystem, holder: Holder): Promise<Known> {
  const [other, gone] = [await newHolder('other'), await newHolder('gone')];
  await ask(revokeSession, { sessionId: gone.sessionId, reason: 'over' });
  return {
    ...{ proxyPort: PROXY_PORT, credential: basic(holder.runId, holder.token), authority: identity.cert },
    foreign: {
      otherRun: basic(other.runId, holder.token),
      guessed: basic(other.runId, `cwa_${'0'.repeat(43)}`),
      revoked: basic(gone.runId, gone.token),
    },
    ...{ socketPath: sockets.canary, abstractName: sockets.abstractCanary, outsidePid: networks.proxySide.pid },
  };
}

/** Waits until every step is over: a tunnel's fact is sealed after its client is gone. */
async function factsOf({ ask }: JailSystem, { runId }: Holder): Promise<readonly string[]> {
  let facts: readonly string[] = [];
  await until('the ledger has every end', async () => {
    facts = factsIn((await ask(readAll, { fromPosition: 0, limit: 1_000, scope: runId })).events);
    return !facts.includes('step.requested');
  });
  return facts;
}

/** How many attempts that are no run's were told which code. */
async function unownedCounts({ ask }: JailSystem): Promise<Readonly<Record<string, number>>> {
  const { events } = await ask(readAll, { fromPosition: 0, limit: 1_000, types: ['egress.refused'] });
  const sums: Record<string, number> = {};
  for (const { data } of events)
    for (const [code, count] of Object.entries((data as { counts: Record<string, number> }).counts))
      sums[code] = count + (sums[code] ?? 0);
  return sums;
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** What became of each step, in the order in which they were asked for: egress-proxy's fact, or the refusal where it did not come to that. */
function factsIn(events: readonly RecordedEvent[]): readonly string[] {
  const byStep = new Map<string, string>();
  for (const { type, data } of events) {
    const { stepId, code } = data as { readonly stepId?: string; readonly code?: string };
    if (stepId === undefined) continue;
    if (type === 'step.requested') byStep.set(stepId, type);
    if (type === 'step.denied')
      byStep.set(stepId, `${type} ${(data as { rejection: { code: string } }).rejection.code}`);
    if (type.startsWith('egress.')) byStep.set(stepId, code === undefined ? type : `${type} ${code}`);
  }
  return [...byStep.values()];
}

function print({ jailed, unjailed, unguarded }: Readonly<Record<'jailed' | 'unjailed' | 'unguarded', Round>>): void {
  const line = ({ told, sunk }: Round, names: readonly string[], what: string): string =>
    `escape battery: ${what}: ${told.length} attempts, ${sunk.bytes} bytes out, ${names.filter((name) => arrived(name, sunk)).length} arrived\n`;
  const direct = DIRECT.map(({ name }) => name);
  const proxied = PROXIED.map(({ name }) => name);
  process.stdout.write(
    [
      line(jailed, [...direct, ...proxied], 'in the jail'),
      line(unjailed, direct, 'past the proxy, without the jail'),
      line(unguarded, proxied, 'through a proxy without guards'),
    ].join(''),
  );
}
