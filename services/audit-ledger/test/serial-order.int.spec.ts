import type { Append, ExpectedVersion, RecordedEvent, ReplyEnvelope, Appended } from '@causeway/contracts';
import { testInfrastructure, type ServiceProcess, type TestInfrastructure } from '@causeway/testing';
import { appendOf, callerOn, claim, FIRST, note, startLedger, type Caller } from './ledger.features.ts';

let infra: TestInfrastructure;
let service: ServiceProcess;
let ledger: Caller;

beforeAll(async () => {
  infra = await testInfrastructure();
  service = await startLedger(infra, await infra.database());
  ledger = callerOn(await infra.connect('run-orchestrator'));
}, 60_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

const STREAMS = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'];
const EXPECTED: readonly ExpectedVersion[] = ['none', 'exists', 'any', 'any', 'any', 1, 2, 3, 5, 8];

/** The same sequence every time: a linear congruential generator, with the constants of Numerical Recipes. */
function choices(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

function randomAppend(choose: (count: number) => number): Append {
  const streams = STREAMS.filter(() => choose(STREAMS.length) === 0);
  const [first = STREAMS[choose(STREAMS.length)]!, ...more] = streams;
  const events = () => Array.from({ length: 1 + choose(3) }, () => (choose(2) === 0 ? note() : claim('text')));
  const single = appendOf(first, EXPECTED[choose(EXPECTED.length)]!, ...events());
  const others = more.map((stream) => ({ stream, expected: EXPECTED[choose(EXPECTED.length)]!, events: events() }));
  return { ...single, writes: [...single.writes, ...others] };
}

/** Whether an expectation held just before a position, by the log itself. */
function heldAt(log: readonly RecordedEvent[], position: number, stream: string, expected: ExpectedVersion): boolean {
  const version = log.slice(0, position).filter((event) => event.stream === stream).length;
  if (expected === 'any') return true;
  if (expected === 'none') return version === 0;
  return expected === 'exists' ? version > 0 : version === expected;
}

describe('under concurrent appends with conflicts and duplicates', () => {
  it('has one serial order that explains every answer', async () => {
    const choose = choices(20_260_101);
    const requests = Array.from({ length: 600 }, () => randomAppend(choose));
    const sent = requests.flatMap((request) => (choose(5) === 0 ? [request, request] : [request]));
    const replies = await Promise.all(sent.map((request) => ledger.append(request, 30_000)));
    const log = await ledger.all();

    const answers = new Map<Append, ReplyEnvelope<Appended>[]>();
    for (const [index, request] of sent.entries())
      answers.set(request, [...(answers.get(request) ?? []), replies[index]!]);
    let appended = 0;
    for (const [request, given] of answers) {
      const successes = given.flatMap((reply) => (reply.ok ? [reply.value] : []));
      for (const reply of given) if (!reply.ok) expect(reply.rejection.code).toBe('VERSION_CONFLICT');
      const ids = request.writes.flatMap(({ events }) => events.map(({ id }) => id));
      const first = successes[0];
      if (!first) {
        expect(log.some(({ id }) => ids.includes(id))).toBe(false);
        continue;
      }
      for (const again of successes) expect(again).toEqual(first);
      expect(log.slice(first.firstPosition, first.lastPosition + 1).map(({ id }) => id)).toEqual(ids);
      for (const { stream, expected } of request.writes)
        expect(heldAt(log, first.firstPosition, stream, expected)).toBe(true);
      appended += ids.length;
    }
    expect(log).toHaveLength(FIRST + appended);
  }, 60_000);

  it('has positions without gaps, versions from 1, and a chain that holds', async () => {
    const log = await ledger.all();
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
