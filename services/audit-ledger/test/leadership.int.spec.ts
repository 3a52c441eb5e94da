import type { Pool } from '@causeway/postgres';
import { testInfrastructure, type ServiceProcess, type TestDatabase, type TestInfrastructure } from '@causeway/testing';
import { appendOf, callerOn, eventually, FIRST, newStream, note, startLedger, type Caller } from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let first: ServiceProcess;
let second: ServiceProcess | undefined;
let ledger: Caller;
let owner: Pool;

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  first = await startLedger(infra, database, 'ledger-1');
  ledger = callerOn(await infra.connect('run-orchestrator'));
  owner = database.pool('audit_ledger_owner', 1);
}, 60_000);

afterAll(async () => {
  await first?.kill('SIGKILL');
  await second?.kill('SIGKILL');
  await infra?.stop();
});

const writer = async () =>
  (await owner.query<{ leader: string; epoch: string }>('select leader, epoch from ledger_head')).rows[0]!;

/** Sends the same append until some replica takes it. */
async function appendSurely(request = appendOf(newStream(), 'none', note())): Promise<number> {
  let position = -1;
  await eventually(async () => {
    const reply = await ledger.append(request, 2_000);
    if (reply.ok) position = reply.value.firstPosition;
    else expect(['LEDGER_NOT_LEADER', 'LEDGER_UNAVAILABLE', 'SERVICE_UNAVAILABLE']).toContain(reply.rejection.code);
    return reply.ok;
  });
  return position;
}

describe('the writer', () => {
  it('takes every append once though the database ends its connection again and again', async () => {
    const requests = Array.from({ length: 400 }, () => appendOf(newStream(), 'none', note()));
    const answered = Promise.all(requests.map((request) => appendSurely(request)));
    const admin = database.pool('audit_ledger', 1);
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 15));
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ledger-1 writer' and datname = current_database()`,
      );
    }
    const positions = await answered;
    expect(new Set(positions).size).toBe(400);
    expect(await ledger.verify()).toMatchObject({ good: true, checked: FIRST + 400 });
  }, 60_000);

  it('writes nothing any more once another epoch has begun', async () => {
    const { epoch } = await writer();
    const { nextPosition } = await ledger.head();
    await owner.query(`update ledger_head set epoch = epoch + 1, leader = 'a usurper'`);
    expect(await appendSurely()).toBe(nextPosition);
    const now = await writer();
    expect(now.leader).toBe('ledger-1');
    expect(Number(now.epoch)).toBe(Number(epoch) + 2);
    expect(await ledger.verify()).toMatchObject({ good: true });
  }, 60_000);

  it('is one of two replicas; the other reads, and takes over when the first is killed', async () => {
    second = await startLedger(infra, database, 'ledger-2');
    await appendSurely();
    expect((await writer()).leader).toBe('ledger-1');
    await first.kill('SIGKILL');
    const position = await appendSurely();
    expect((await writer()).leader).toBe('ledger-2');
    const log = await ledger.all();
    expect(log.map((event) => event.position)).toEqual(Array.from({ length: position + 1 }, (_, index) => index));
    expect(await ledger.verify()).toMatchObject({ good: true });
  }, 60_000);

  it('answers what it took, then ends, when it is told to stop', async () => {
    const { nextPosition } = await ledger.head();
    const replies = Array.from({ length: 50 }, () => ledger.append(appendOf(newStream(), 'none', note()), 1_500));
    await Promise.race(replies);
    expect(await second!.kill('SIGTERM')).toBe(0);
    const appended = (await Promise.all(replies)).filter(({ ok }) => ok).length;
    first = await startLedger(infra, database, 'ledger-1');
    expect((await ledger.head()).nextPosition).toBe(nextPosition + appended);
    expect(await ledger.verify()).toMatchObject({ good: true });
  }, 60_000);
});
