import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Append, EventToAppend, ExpectedVersion, RecordedEvent } from '@causeway/contracts';
import { testInfrastructure, type ServiceProcess, type TestInfrastructure } from '@causeway/testing';
import { appendOf, callerOn, claim, FIRST, note, startLedger, type Caller } from './ledger.features.ts';
import type { Task } from './serial-client.ts';
import { unexplained, type Entry, type Told } from './serial-oracle.ts';

let infra: TestInfrastructure;
let service: ServiceProcess;
let ledger: Caller;
let told: readonly Told[];
let log: readonly RecordedEvent[];

const APPENDS = 10_000;
const STREAMS = Array.from({ length: 200 }, (_, number) => `s${number}`);
const PROCESSES = [1, 1, 20, 50];
const IN_FLIGHT = 1_000;

/** The same sequence every time: a linear congruential generator, with the constants of Numerical Recipes. */
function choices(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

type Choose = ReturnType<typeof choices>;

function randomExpectation(choose: Choose): ExpectedVersion {
  const kind = choose(10);
  if (kind < 5) return 'any';
  if (kind < 7) return 'exists';
  return kind < 8 ? 'none' : 1 + choose(40);
}

function randomAppend(choose: Choose): Append {
  const writes = choose(5) === 0 ? 2 + choose(2) : 1;
  const streams = new Set(Array.from({ length: writes }, () => STREAMS[choose(STREAMS.length)]!));
  const events = (): EventToAppend[] =>
    Array.from({ length: 1 + (choose(4) === 0 ? choose(3) : 0) }, () => (choose(2) === 0 ? note() : claim('text')));
  const write = (stream: string) => ({ stream, expected: randomExpectation(choose), events: events() });
  return { ...appendOf('s0', 'any', note()), writes: [...streams].map(write) };
}

/** Another request that uses an event id of this one for other content. */
function forged(append: Append, choose: Choose): Append {
  const { id } = append.writes[0]!.events[0]!;
  return appendOf(STREAMS[choose(STREAMS.length)]!, 'any', note({ id, data: { reason: 'forged' } }));
}

/** Fresh appends, and now and then one of the last thousand again, as it was or with an id of it on other content. */
function randomAppends(choose: Choose): readonly Append[] {
  const appends: Append[] = [];
  while (appends.length < APPENDS) {
    const kind = appends.length === 0 ? 9 : choose(10);
    const earlier = appends[appends.length - 1 - choose(Math.min(1_000, appends.length))]!;
    if (kind === 0) appends.push(earlier);
    else if (kind === 1 && choose(2) === 0) appends.push(forged(earlier, choose));
    else appends.push(randomAppend(choose));
  }
  return appends;
}

/** Sends these from a process of its own. */
async function sendFrom(task: Task): Promise<readonly Told[]> {
  const program = fileURLToPath(new URL('./serial-client.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@causeway/source', program], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  child.send(task);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a client ended with status ${String(code)} before it had told anything`);
  });
  const [answers] = (await Promise.race([once(child, 'message'), ended])) as [readonly Told[]];
  ended.catch(() => {});
  return answers;
}

beforeAll(async () => {
  infra = await testInfrastructure();
  service = await startLedger(infra, await infra.database());
  ledger = callerOn(await infra.connect('run-orchestrator'));
  const appends = randomAppends(choices(20_260_101));
  const { password } = infra.credentials('run-orchestrator');
  const tasks = PROCESSES.map((perMessage, process) => ({
    ...{ url: infra.nats.url, password, inFlight: IN_FLIGHT, perMessage },
    appends: appends.filter((_, index) => index % PROCESSES.length === process),
  }));
  told = (await Promise.all(tasks.map(sendFrom))).flat();
  log = await ledger.all();
}, 120_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

const countOf = (code: string): number => told.filter(({ reply }) => !reply.ok && reply.rejection.code === code).length;

const explain = (answers: readonly Told[], entries: readonly Entry[]): readonly string[] =>
  unexplained(answers, entries, FIRST);

describe('10,000 concurrent appends of several processes, with conflicts, duplicates and reused ids', () => {
  it('are all answered, in every way that there is', () => {
    expect(told).toHaveLength(APPENDS);
    expect(told.filter(({ reply }) => reply.ok).length).toBeGreaterThan(APPENDS / 4);
    expect(countOf('VERSION_CONFLICT')).toBeGreaterThan(APPENDS / 20);
    expect(countOf('EVENT_ID_REUSED')).toBeGreaterThan(APPENDS / 100);
  });

  it('have one serial order that explains every answer', () => {
    expect(explain(told, log)).toEqual([]);
  });

  it('leave positions without gaps, versions from 1, and a chain that holds', async () => {
    const versions = new Map<string, number>();
    for (const [position, event] of log.entries()) {
      expect(event.position).toBe(position);
      expect(event.version).toBe((versions.get(event.stream) ?? 0) + 1);
      versions.set(event.stream, event.version);
      if (position > 0) expect(event.previousChain).toBe(log[position - 1]!.chain);
    }
    expect(await ledger.verify()).toEqual({ good: true, checked: log.length, findings: [], chain: log.at(-1)!.chain });
  }, 60_000);
});

describe('the oracle', () => {
  const changed = (which: (one: Told) => boolean, change: (one: Told) => Told): readonly Told[] => {
    const at = told.findLastIndex(which);
    return told.map((one, index) => (index === at ? change(one) : one));
  };
  const isAppended = ({ reply }: Told) => reply.ok;
  const isConflict = ({ reply }: Told) => !reply.ok && reply.rejection.code === 'VERSION_CONFLICT';
  const isReuse = ({ reply }: Told) => !reply.ok && reply.rejection.code === 'EVENT_ID_REUSED';
  const withAnswer = (change: object) => (one: Told) =>
    ({ ...one, reply: { ok: true, value: { ...(one.reply.ok ? one.reply.value : {}), ...change } } }) as Told;
  const withVersion = (version: number) => (one: Told) => {
    const facts = one.reply.ok ? {} : one.reply.rejection.facts;
    return {
      ...one,
      reply: { ok: false, rejection: { code: 'VERSION_CONFLICT', detail: '', facts: { ...facts, version } } },
    } as Told;
  };

  it.each([
    ['an answer that names another place', () => explain(changed(isAppended, withAnswer({ lastPosition: 1 })), log)],
    ['an answer that names another version', () => explain(changed(isAppended, withAnswer({ versions: {} })), log)],
    ['a conflict with a version that never was', () => explain(changed(isConflict, withVersion(1_000_000)), log)],
    ['a conflict with a version of long ago', () => explain(changed(isConflict, withVersion(0)), log)],
    [
      'a refusal of ids that nobody used',
      () =>
        explain(
          changed(isReuse, (one) => ({ ...one, append: appendOf('s0', 'any', note()) })),
          log,
        ),
    ],
    ['an event of which nobody was told', () => explain(told, [...log, { ...log[0]!, id: 'x', position: log.length }])],
    ['an event that is gone', () => explain(told, log.slice(0, -1))],
    ['two events in another order', () => explain(told, [...log.slice(0, 5), log[6]!, log[5]!, ...log.slice(7)])],
  ])('finds %s', (_, complaints) => {
    expect(complaints()).not.toEqual([]);
  });

  it('finds an append that stands behind what was sent only after its answer', () => {
    const late = told
      .filter(isAppended)
      .reduce((a, b) =>
        a.reply.ok && b.reply.ok && a.reply.value.firstPosition > b.reply.value.firstPosition ? a : b,
      );
    expect(
      explain(
        told.map((one) => (one === late ? { ...one, sentAt: 0, toldAt: 1 } : one)),
        log,
      ),
    ).not.toEqual([]);
  });
});
