import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { erase, readRaw, readStream, type DataOf, type RecordedEvent } from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import { testInfrastructure, type ServiceProcess, type TestDatabase, type TestInfrastructure } from '@causeway/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import { appendOf, callerOn, claim, eventually, newStream, note, startLedger, type Caller } from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let service: ServiceProcess;
let ledger: Caller;
let gateway: Bus;
let owner: Pool;

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  service = await startLedger(infra, database);
  ledger = callerOn(await infra.connect('run-orchestrator'));
  gateway = await infra.connect('gateway');
  owner = database.pool('audit_ledger_owner', 2);
}, 60_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

const admin = { id: 'test', actor: { kind: 'operator', id: 'ann' } } as const;
type Target = DataOf<typeof erase>['target'];
const ask = (target: Target, erasureId: string = randomUUID(), reason = 'asked for') =>
  gateway.request(erase, { erasureId, target, reason }, admin, { timeoutMs: 20_000, attemptMs: 5_000 });
async function erased(target: Target, erasureId?: string) {
  const reply = await ask(target, erasureId);
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
}
const codeOf = async (answer: ReturnType<typeof ask>) => {
  const reply = await answer;
  return reply.ok ? 'erased' : reply.rejection.code;
};

/** Two streams of one scope, each with data in line and data beside it. */
async function aStory(marker: string) {
  const scope = newStream();
  const other = newStream();
  await ledger.append(appendOf(scope, 'none', note(), claim(`${marker} one`), note()));
  await ledger.append(appendOf(other, 'none', { ...claim(`${marker} two`), scope }, { ...note(), scope }));
  return { scope, other };
}
const newMarker = () => `marker-${randomUUID()}`;
const streamOf = async (stream: string): Promise<readonly RecordedEvent[]> => {
  const reply = await gateway.request(readStream, { stream }, admin);
  return reply.ok ? reply.value.events : [];
};
const countIn = async (table: string) =>
  (await owner.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]!.n;
const unfinished = async () =>
  (
    await owner.query(
      `select from event where type = 'data.erased' and position not in (select position from erasure_done)`,
    )
  ).rowCount ?? 0;
const isFinished = async () => (await unfinished()) === 0;

/** Files of the bus, JetStream's store among them, that hold this text. */
function filesWith(text: string, folder = dirname(dirname(infra.nats.passwordFileOf('sre')))): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesWith(text, path);
    return entry.isFile() && readFileSync(path).includes(text) ? [path] : [];
  });
}

async function rawLog() {
  const reply = await gateway.request(readRaw, { limit: 1_000 }, admin);
  if (!reply.ok) throw new Error(reply.rejection.detail);
  return reply.value.events;
}
const sealedIn = (log: Awaited<ReturnType<typeof rawLog>>) =>
  log.map(({ position, leaf, leafHash, chain }) => ({ position, leaf, leafHash, chain }));

describe('an erasure', () => {
  it('takes the data away everywhere, and leaves every leaf, hash and chain value as it was', async () => {
    const marker = newMarker();
    const { scope, other } = await aStory(marker);
    await eventually(async () => filesWith(marker).length > 0);
    const before = await rawLog();
    const { position, erased: count } = await erased({ scope });
    expect(count).toBe(2);

    const after = await rawLog();
    expect(sealedIn(after).slice(0, before.length)).toEqual(sealedIn(before));
    expect(JSON.stringify(after)).not.toContain(Buffer.from(marker).toString('base64').slice(2, -4));
    expect(await ledger.verify()).toMatchObject({ good: true, findings: [] });
    expect((await streamOf(scope))[1]).toMatchObject({ data: { note: '[erased]' }, erased: true });
    expect((await streamOf(other))[0]).toMatchObject({ data: { note: '[erased]' }, erased: true });
    expect((await streamOf(scope))[0]).not.toHaveProperty('erased');
    expect((await ledger.all())[position]).toMatchObject({
      ...{ type: 'data.erased', scope, stream: 'erasures', actor: admin.actor },
      data: { target: { scope }, before: position, erased: 2, reason: 'asked for', requestedBy: 'ann' },
    });
    const { rows } = await owner.query<{ hit: boolean }>(
      `select true as hit from event_data where position(convert_to($1, 'UTF8') in data) > 0
      union all select true from event where position(convert_to($1, 'UTF8') in leaf) > 0`,
      [marker],
    );
    expect(rows).toEqual([]);
    await eventually(isFinished);
    expect(filesWith(marker)).toEqual([]);
  }, 60_000);

  it('reaches what was recorded so far, and nothing else', async () => {
    const [mine, others] = [newMarker(), newMarker()];
    const { scope } = await aStory(mine);
    const { scope: untouched } = await aStory(others);
    await erased({ scope });
    await ledger.append(appendOf(scope, 'exists', claim('later')));
    expect((await streamOf(scope)).at(-1)).toMatchObject({ data: { note: 'later' } });
    expect((await streamOf(untouched))[1]).toMatchObject({ data: { note: `${others} one` } });
    await eventually(isFinished);
    expect(filesWith(mine)).toEqual([]);
    expect(filesWith(others)).not.toEqual([]);
  });

  it('of a stream or of positions takes those alone', async () => {
    const { scope, other } = await aStory(newMarker());
    expect(await erased({ stream: other })).toMatchObject({ erased: 1 });
    const [, claimed] = await streamOf(scope);
    expect(claimed).not.toHaveProperty('erased');
    expect(await erased({ positions: [claimed!.position, claimed!.position - 1] })).toMatchObject({ erased: 1 });
    expect((await streamOf(scope))[1]).toMatchObject({ erased: true });
  });

  it('is one erasure however often it is asked for, also at the same time, and after the ledger was started again', async () => {
    const { scope } = await aStory(newMarker());
    const id = randomUUID();
    const answers = await Promise.all([erased({ scope }, id), erased({ scope }, id)]);
    const { nextPosition } = await ledger.head();
    await service.kill('SIGKILL');
    service = await startLedger(infra, database);
    answers.push(await erased({ scope }, id));
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
    expect((await ledger.head()).nextPosition).toBe(nextPosition);
  });

  it('is refused when there is nothing to erase, or its id stands for something else', async () => {
    const { scope } = await aStory(newMarker());
    const id = randomUUID();
    expect(await codeOf(ask({ scope: newStream() }))).toBe('ERASURE_REFUSED');
    expect(await codeOf(ask({ scope }, id))).toBe('erased');
    expect(await codeOf(ask({ scope }))).toBe('ERASURE_REFUSED');
    expect(await codeOf(ask({ stream: scope }, id))).toBe('EVENT_ID_REUSED');
    expect(await codeOf(ask({ scope }, id, 'another reason'))).toBe('EVENT_ID_REUSED');
    expect(await codeOf(ask({ scope }, (await streamOf(scope))[0]!.id))).toBe('EVENT_ID_REUSED');
    expect(await codeOf(ask({ scope }, randomUUID(), 'a NUL \0'))).toBe('REQUEST_INVALID');
  });

  it('that was sealed before a crash is finished at the next start', async () => {
    const marker = newMarker();
    const { scope } = await aStory(marker);
    await eventually(isFinished);
    await owner.query(
      'create function lost() returns trigger language plpgsql as $$ begin raise exception $m$lost$m$; end $$',
    );
    await owner.query('create trigger lost before delete on event_data for each statement execute function lost()');
    expect(await codeOf(ask({ scope }))).toBe('LEDGER_UNAVAILABLE');
    await service.kill('SIGKILL');
    await owner.query('drop trigger lost on event_data; drop function lost');
    expect(await unfinished()).toBe(1);
    service = await startLedger(infra, database);
    await eventually(isFinished);
    expect((await streamOf(scope))[1]).toMatchObject({ data: { note: '[erased]' } });
    expect(filesWith(marker)).toEqual([]);
    expect(await ledger.verify()).toMatchObject({ good: true });
  }, 60_000);

  it('is finished once JetStream is back, copies that are stored twice included', async () => {
    const marker = newMarker();
    const { scope } = await aStory(marker);
    await eventually(async () => filesWith(marker).length > 0);
    const bus = await infra.connect('audit-ledger');
    const manager = await jetstreamManager(bus.connection);
    const copied = await manager.streams.getMessage('AUDIT', { last_by_subj: `audit.run.claimed.${scope}` });
    copied!.header.delete('Nats-Msg-Id');
    copied!.header.delete('Nats-Expected-Last-Msg-Id');
    bus.connection.publish(copied!.subject, copied!.data, { headers: copied!.header });
    await bus.connection.flush();
    const message = { last_by_subj: copied!.subject };
    await eventually(async () => (await manager.streams.getMessage('AUDIT', message))!.seq > copied!.seq);

    await owner.query(`revoke insert on erasure_done from audit_ledger`);
    await erased({ scope });
    await infra.nats.stop();
    await owner.query(`grant insert on erasure_done to audit_ledger`);
    expect(await unfinished()).toBe(1);
    await infra.nats.start();
    await eventually(isFinished);
    expect(filesWith(marker)).toEqual([]);
  }, 60_000);
});

describe('the database', () => {
  const asService = () => database.pool('audit_ledger', 1);
  let reached: number;
  let unreached: number;
  let erasure: number;

  beforeAll(async () => {
    const [{ scope }, { scope: other }] = [await aStory(newMarker()), await aStory(newMarker())];
    reached = (await streamOf(scope))[1]!.position;
    unreached = (await streamOf(other))[1]!.position;
    erasure = (await erased({ scope })).position;
  });

  it.each([
    ['a position that holds another event', () => reached],
    ['a position beyond the log', () => 1_000_000],
    ['no position', () => null],
  ])('deletes nothing for the service by %s', async (_, position) => {
    const rows = await countIn('event_data');
    await expect(asService().query('select erase_event_data($1)', [position()])).rejects.toMatchObject({
      code: '23001',
    });
    expect(await countIn('event_data')).toBe(rows);
  });

  it('deletes nothing for an erasure that is not in the chain of the log', async () => {
    const rows = await countIn('event_data');
    const { nextPosition } = await ledger.head();
    const inline = { target: { positions: [unreached] }, before: nextPosition };
    const leaf = Buffer.from(JSON.stringify({ data: { inline }, pos: nextPosition, type: 'data.erased' }));
    const forge = `insert into event (position, stream, version, id, type, scope, leaf, leaf_hash, chain)
      values ($1, 'erasures', 1000000, $2, 'data.erased', 'erasures', $3, sha256('\\x00'::bytea || $3), sha256($3))`;
    const client = await asService().connect();
    await client.query('begin');
    await client.query(forge, [nextPosition, randomUUID(), leaf]);
    await client.query(`update ledger_head set next_position = next_position + 1`);
    await expect(client.query('select erase_event_data($1)', [nextPosition])).rejects.toMatchObject({ code: '23001' });
    await client.query('rollback');
    client.release();
    expect(await countIn('event_data')).toBe(rows);
  });

  it('refuses its owner what no erasure reaches, also in the name of one that is sealed', async () => {
    const named = async (position: number, change: string) => {
      const client = await owner.connect();
      try {
        await client.query('begin');
        await client.query(`select set_config('causeway.erasure', $1, true)`, [String(position)]);
        return await client.query(change).then(
          () => 'done',
          ({ code }: { code: string }) => code,
        );
      } finally {
        await client.query('rollback');
        client.release();
      }
    };
    expect(await named(erasure, `delete from event_data where position = ${unreached}`)).toBe('23001');
    expect(await named(unreached, `delete from event_data where position = ${unreached}`)).toBe('23001');
    expect(await named(erasure, `update event_data set data = data where position = ${unreached}`)).toBe('23001');
    expect(await named(erasure, 'truncate event_data')).toBe('23001');
  });

  it('lets the service neither delete by itself nor forget what is finished', async () => {
    for (const change of [
      'delete from event_data',
      'delete from erasure_done',
      'update erasure_done set done_at = now()',
    ])
      await expect(asService().query(change)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['keeps data that a leaf commits to as a whole, as nobody could read what is left', '{"data":{"alg":"sha256"}}', 0],
    ['takes data that a leaf commits to in part', '{"data":{"alg":"sha256","inline":{}}}', 1],
  ])('%s', async (_, leaf, count) => {
    const client = await asService().connect();
    await client.query('begin');
    await client.query(
      `insert into event (position, stream, version, id, type, scope, leaf, leaf_hash, chain)
        values (2000000, 'old', 1, $1, 'run.claimed', 'old', $2, sha256('x'), sha256('x'))`,
      [randomUUID(), Buffer.from(leaf)],
    );
    const { rows } = await client.query(`select erasable_positions('{"scope":"old"}', 3000000)`);
    await client.query('rollback');
    client.release();
    expect(rows).toHaveLength(count);
  });
});
