import { randomUUID } from 'node:crypto';
import type { LedgerPort, Recorded } from '@causeway/eventing';
import {
  serveMemoryLedger,
  testInfrastructure,
  until,
  type LedgerOnBus,
  type TestInfrastructure,
} from '@causeway/testing';
import type { Bus } from './bus.ts';
import { followLog, type Follower, type FollowOptions } from './follow-log.ts';
import { ledgerClient } from './ledger-client.ts';

let infra: TestInfrastructure;
let bus: Bus;
let log: LedgerOnBus;
let client: LedgerPort;
let reads: number[];
const followers: Follower[] = [];

beforeEach(async () => {
  infra = await testInfrastructure();
  log = serveMemoryLedger(await infra.connect('audit-ledger'));
  bus = await infra.connect('resource-store');
  const port = ledgerClient({ bus, writer: 'resource-store' });
  reads = [];
  client = {
    ...port,
    readAll: (query) => {
      reads.push(query.fromPosition);
      return port.readAll(query);
    },
  };
});
afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.stop()));
  await infra.stop();
});

async function write(count = 1): Promise<void> {
  const events = Array.from({ length: count }, () => ({ id: randomUUID(), type: 'resource.ingested', data: {} }));
  await client.append({ appendId: randomUUID(), writes: [{ stream: 'res_1', expected: 'any', events }] });
}

/** Follows into a list, with a cursor of its own as a view has it. */
function follow(given: Partial<FollowOptions> = {}) {
  const seen: number[] = [];
  const ranges: { from: number; to: number }[] = [];
  let warnings = 0;
  const apply = async (events: readonly Recorded[], range: { from: number; to: number }) => {
    ranges.push(range);
    seen.push(...events.map(({ position }) => position));
    return range.to;
  };
  const quiet = { info: () => {}, warn: () => void warnings++, error: () => {} };
  const follower = followLog({ bus, ledger: client, from: 0, apply, log: quiet, pollMs: 200, ...given });
  followers.push(follower);
  return { seen, ranges, follower, warnings: () => warnings };
}
const reached = (follower: Follower, position: number) =>
  until(`position ${position} is reached`, () => follower.position() >= position);
const upTo = (end: number) => Array.from({ length: end }, (_, position) => position);

describe('following the log', () => {
  it('delivers what is there and what comes, in order, each position once', async () => {
    await write(3);
    const { seen, follower } = follow();
    await reached(follower, 3);
    for (let round = 0; round < 5; round++) await write(2);
    await reached(follower, 13);
    expect(seen).toEqual(upTo(13));
  });

  it('takes live events from the bus without asking the ledger for them', async () => {
    const { follower, seen } = follow({ pollMs: 60_000 });
    await write(1);
    await reached(follower, 1);
    const asked = reads.length;
    for (let round = 0; round < 10; round++) {
      await write(1);
      await reached(follower, round + 2);
    }
    expect(seen).toEqual(upTo(11));
    expect(reads.length).toBe(asked);
  });

  it('asks the ledger for what the bus lost, as soon as a later event shows the gap', async () => {
    const { follower, seen } = follow({ pollMs: 60_000 });
    await write(1);
    await reached(follower, 1);
    log.mute();
    await write(4);
    log.unmute();
    await write(1);
    await reached(follower, 6);
    expect(seen).toEqual(upTo(6));
  });

  it('finds what the bus lost even when nothing follows', async () => {
    const { follower, seen } = follow({ pollMs: 100 });
    await write(1);
    await reached(follower, 1);
    log.mute();
    await write(2);
    await reached(follower, 3);
    expect(seen).toEqual(upTo(3));
  });

  it('delivers nothing twice when the bus repeats, or brings things out of order', async () => {
    const { follower, seen } = follow();
    await write(3);
    await reached(follower, 3);
    log.mute();
    await write(4);
    for (const position of [2, 6, 0, 4, 3, 3, 5, 6]) log.publish(position);
    await reached(follower, 7);
    await bus.connection.flush();
    expect(seen).toEqual(upTo(7));
  });

  it('goes on from the position it is given', async () => {
    await write(5);
    const { follower, seen, ranges } = follow({ from: 3 });
    await reached(follower, 5);
    expect(seen).toEqual([3, 4]);
    expect(ranges[0]).toEqual({ from: 3, to: 5 });
  });

  it('goes back to where the taker says that it stands', async () => {
    await write(4);
    let cursor = 1;
    const taken: number[] = [];
    const apply = async (events: readonly Recorded[], { from, to }: { from: number; to: number }) => {
      if (from > cursor) return cursor;
      taken.push(...events.filter(({ position }) => position >= cursor).map(({ position }) => position));
      cursor = to;
      return to;
    };
    const { follower } = follow({ from: 3, apply });
    await until('the cursor is at 4', () => cursor === 4);
    expect(taken).toEqual([1, 2, 3]);
    expect(follower.position()).toBe(4);
  });

  it('delivers again what could not be taken', async () => {
    let failures = 2;
    const taken: number[] = [];
    const apply = async (events: readonly Recorded[], { to }: { to: number }) => {
      if (failures-- > 0) throw new Error('the database is away');
      taken.push(...events.map(({ position }) => position));
      return to;
    };
    const { follower, warnings } = follow({ apply, pollMs: 20 });
    await write(2);
    await reached(follower, 2);
    expect(taken).toEqual([0, 1]);
    expect(warnings()).toBe(2);
  });

  it('survives a message on the bus that is no event', async () => {
    const { follower, seen } = follow();
    await write(1);
    await reached(follower, 1);
    (await infra.connect('audit-ledger')).connection.publish('audit.resource.ingested.res_1', 'not JSON');
    await write(1);
    await reached(follower, 2);
    expect(seen).toEqual(upTo(2));
  });

  it('catches up after the bus was away', async () => {
    const { follower, seen } = follow({ pollMs: 100 });
    await write(2);
    await reached(follower, 2);
    await infra.nats.stop();
    await log.ledger.append({
      appendId: randomUUID(),
      writes: [
        { stream: 'res_1', expected: 'any', events: [{ id: randomUUID(), type: 'resource.ingested', data: {} }] },
      ],
    });
    await infra.nats.start();
    await reached(follower, 3);
    await write(1);
    await reached(follower, 4);
    expect(seen).toEqual(upTo(4));
  });

  it('is sent and given only the types it wants, and still passes over the rest', async () => {
    const wanted = follow({ types: ['resource.ingested'], pollMs: 100 });
    const unwanted = follow({ types: ['run.started'], pollMs: 100 });
    await write(2);
    await until('both went on', () => wanted.follower.position() === 2 && unwanted.follower.position() === 2);
    expect(wanted.seen).toEqual([0, 1]);
    expect(unwanted.seen).toEqual([]);
  });

  it('hears of a wanted type at once, long before it would ask by itself', async () => {
    const { seen } = follow({ types: ['resource.ingested'], pollMs: 3_600_000 });
    await until('the first look is over', () => reads.length > 0);
    await write();
    await until('the event came', () => seen.length === 1);
  });

  it('delivers nothing more once it is stopped', async () => {
    const { follower, seen } = follow();
    await write(1);
    await reached(follower, 1);
    await follower.stop();
    await write(1);
    await bus.connection.flush();
    expect(seen).toEqual([0]);
  });
});
