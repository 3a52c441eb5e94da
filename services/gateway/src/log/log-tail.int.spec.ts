import { setTimeout } from 'node:timers/promises';
import type { Recorded } from '@causeway/eventing';
import { ledgerClient, type Bus } from '@causeway/messaging';
import {
  serveMemoryLedger,
  silentLog,
  testInfrastructure,
  until,
  type LedgerOnBus,
  type TestInfrastructure,
} from '@causeway/testing';
import { logTail, type LogTail } from './log-tail.ts';

let infra: TestInfrastructure;
let bus: Bus;
let served: LedgerOnBus;
let tail: LogTail;
let heard: Recorded[];

async function tell(type: string): Promise<number> {
  const event = { id: crypto.randomUUID(), type, data: {} };
  const writes = [{ stream: 's', expected: 'any' as const, events: [event] }];
  const answer = await served.ledger.append({ appendId: crypto.randomUUID(), writes });
  if (!answer.appended) throw new Error(answer.conflict);
  served.publish(answer.firstPosition);
  return answer.firstPosition;
}
/** Until a follower has done what the signs that it got made it do. */
const SIGNS_SPENT_MS = 250;
const heardAt = (position: number) => heard.some((event) => event.position === position);

beforeAll(async () => {
  infra = await testInfrastructure();
  served = serveMemoryLedger(await infra.connect('audit-ledger'));
  bus = await infra.connect('gateway');
});
afterAll(() => infra.stop());
beforeEach(() => {
  heard = [];
  const onEvents = (events: readonly Recorded[]) => void heard.push(...events);
  const types = ['session.opened'];
  const told = { bus, ledger: ledgerClient({ bus, writer: 'gateway' }), log: silentLog, types, onEvents };
  // Nobody is told of anything here because enough time went by.
  tail = logTail({ ...told, pollMs: 3_600_000 });
  tail.follow(served.ledger.events.length);
});
afterEach(() => tail.stop());

describe('the tail of the log', () => {
  it('is told of the events that are always wanted, and of no others while nobody holds it', async () => {
    const other = await tell('run.claimed');
    const wanted = await tell('session.opened');
    expect(await tail.reached(wanted + 1, 50_000)).toBe(true);
    expect([heardAt(other), heardAt(wanted)]).toEqual([false, true]);
    expect(tail.since(other)).toBeUndefined();
  });

  it('says at once how far it has come, though nothing that it wants has happened', async () => {
    const wanted = await tell('session.opened');
    expect(await tail.reached(wanted + 1, 50_000)).toBe(true);
    await setTimeout(SIGNS_SPENT_MS);
    const other = await tell('run.claimed');
    expect(await tail.reached(other + 1, 50_000)).toBe(true);
    expect([heardAt(wanted), heardAt(other)]).toEqual([true, false]);
  });

  it('has every event while somebody holds it, without a gap, and few again afterwards', async () => {
    const before = await tell('session.opened');
    const releases = [tail.hold(), tail.hold()];
    let held = before;
    // What happened while it changed over is passed over: who wants it reads it from the ledger.
    await until('the tail has every event', async () => {
      held = await tell('run.claimed');
      return (await tail.reached(held + 1, 50_000)) && heardAt(held);
    });
    expect(heardAt(before)).toBe(true);
    expect(tail.since(held)?.map(({ position }) => position)).toEqual([held]);
    releases[0]!();
    const still = await tell('run.claimed');
    await until('the second holder has it, too', () => heardAt(still));
    releases[1]!();
    await until('the tail is released', () => tail.since(held) === undefined);
    const unheard = await tell('run.claimed');
    const last = await tell('session.opened');
    expect(await tail.reached(last + 1, 50_000)).toBe(true);
    expect([heardAt(unheard), heardAt(last)]).toEqual([false, true]);
    expect(heard.map(({ position }) => position)).toEqual(
      heard.map(({ position }) => position).toSorted((a, b) => a - b),
    );
  });
});
