import { readRaw } from '@causeway/contracts';
import { createVerifier } from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import {
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestDatabase,
  type TestInfrastructure,
} from '@causeway/testing';
import { callerOn, claim, FIRST, note, ORIGIN, startLedger, type Caller } from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let service: ServiceProcess;
let bus: Bus;
let ledger: Caller;
let owner: Pool;

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  service = await startLedger(infra, database);
  bus = await infra.connect('run-orchestrator');
  ledger = callerOn(bus);
  owner = database.pool('audit_ledger_owner', 1);
  for (const text of ['one', 'two', 'three', 'four']) {
    await ledger.appendOne(claim(text));
    await ledger.appendOne(note({ data: { text } }));
  }
}, 60_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

const COLUMN_OF: Readonly<Record<string, string>> = {
  ...{ event: 'position', event_data: 'position', append_batch: 'first_position' },
  ...{ tile: 'root', checkpoint: 'note', cosignature: 'line' },
};
const TABLES = Object.keys(COLUMN_OF);
const CHANGES = TABLES.flatMap((table) => [
  `update ${table} set ${COLUMN_OF[table]} = ${COLUMN_OF[table]}`,
  `delete from ${table}`,
  `truncate ${table} cascade`,
]);

describe('the tables of the log', () => {
  it.each(CHANGES)('refuse the service itself: %s', async (change) => {
    await expect(database.pool('audit_ledger', 1).query(change)).rejects.toMatchObject({ code: '42501' });
  });

  it.each(CHANGES)('refuse their owner: %s', async (change) => {
    await expect(owner.query(change)).rejects.toMatchObject({ code: '23001' });
  });

  it.each(['delete from ledger_head', 'insert into ledger_head values ($$x$$, 0, $$x$$)', 'drop table event'])(
    'let the service move the head and no more: %s',
    async (change) => {
      await expect(database.pool('audit_ledger', 1).query(change)).rejects.toMatchObject({ code: '42501' });
    },
  );
});

/** Does what only somebody who controls the database can do, then undoes it. */
async function tampered<T>(change: string, undo: string, look: () => Promise<T>): Promise<T> {
  const guards = (state: 'disable' | 'enable') =>
    TABLES.map((table) => `alter table ${table} ${state} trigger user`).join('; ');
  await owner.query(guards('disable'));
  await owner.query(change);
  try {
    return await look();
  } finally {
    await owner.query(undo);
    await owner.query(guards('enable'));
  }
}
const flip = (table: string, column: string, position: number) =>
  `update ${table} set ${column} = set_byte(${column}, 10, get_byte(${column}, 10) # 1) where position = ${position}`;

async function verifyElsewhere() {
  const reply = await bus.request(readRaw, { limit: 100 }, { id: 'test', actor: { kind: 'system', id: 'stranger' } });
  if (!reply.ok) throw new Error(reply.rejection.detail);
  const verifier = createVerifier(reply.value.origin);
  const bytes = (base64: string) => Buffer.from(base64, 'base64');
  return reply.value.events.flatMap(({ leaf, leafHash, chain, data, salt, ...columns }) =>
    verifier.check({
      ...columns,
      ...{ leaf: bytes(leaf), leafHash: bytes(leafHash), chain: bytes(chain) },
      ...(data === undefined ? {} : { data: bytes(data) }),
      ...(salt === undefined ? {} : { salt: bytes(salt) }),
    }),
  );
}

describe('verification', () => {
  it('finds nothing wrong with a log that nobody touched', async () => {
    expect(await ledger.verify()).toMatchObject({ good: true, checked: FIRST + 8, findings: [] });
    expect(await verifyElsewhere()).toEqual([]);
  });

  it.each([
    ['event', 'leaf', FIRST + 3, 'LEAF_HASH_MISMATCH'],
    ['event', 'leaf_hash', FIRST + 4, 'LEAF_HASH_MISMATCH'],
    ['event', 'chain', FIRST + 5, 'CHAIN_BROKEN'],
    ['event_data', 'data', FIRST + 4, 'DATA_MISMATCH'],
    ['event_data', 'salt', FIRST + 2, 'DATA_MISMATCH'],
  ])('names the position of a flipped byte in %s.%s, here and elsewhere', async (table, column, position, code) => {
    const change = flip(table, column, position);
    const [here, elsewhere] = await tampered(change, change, async () => [
      await ledger.verify(),
      await verifyElsewhere(),
    ]);
    expect(here.good).toBe(false);
    expect(here.findings[0]?.position).toBe(position);
    expect(here.findings.filter((one) => one.position === position).map((one) => one.code)).toContain(code);
    expect(elsewhere[0]?.position).toBe(position);
  });

  it('notices data that was taken away, and a tail that was cut off', async () => {
    const keep = `create table kept as select * from event_data where position = ${FIRST + 2}; delete from event_data where position = ${FIRST + 2}`;
    const back = 'insert into event_data select * from kept; drop table kept';
    expect((await tampered(keep, back, ledger.verify)).findings).toMatchObject([
      { position: FIRST + 2, code: 'DATA_MISSING' },
    ]);

    const cut = `create table kept as select * from event where position = ${FIRST + 7}; delete from event where position = ${FIRST + 7}`;
    const whole = 'insert into event select * from kept; drop table kept';
    expect((await tampered(cut, whole, ledger.verify)).findings).toMatchObject([
      { position: FIRST + 7, code: 'HEAD_MISMATCH' },
    ]);
  });

  it('notices a column that says something else than its leaf', async () => {
    const change = (type: string) => `update event set type = '${type}' where position = ${FIRST + 1}`;
    const { findings } = await tampered(change('run.done'), change('step.unknown'), ledger.verify);
    expect(findings).toMatchObject([{ position: FIRST + 1, code: 'FIELD_MISMATCH' }]);
  });
});

describe('a database that holds another log', () => {
  it('is not used', async () => {
    await service.kill();
    const environment = {
      ...infra.environment('audit-ledger', database),
      CAUSEWAY_LEDGER_ORIGIN: 'ledger.test/other/main',
    };
    await expect(startServiceProcess('audit-ledger', environment)).rejects.toThrow(ORIGIN);
  }, 60_000);
});
