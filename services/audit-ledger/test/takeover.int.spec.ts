import { randomUUID } from 'node:crypto';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Append } from '@causeway/contracts';
import { connectPostgres, type Pool } from '@causeway/postgres';
import {
  silentLog,
  testInfrastructure,
  type ServiceProcess,
  type TestDatabase,
  type TestInfrastructure,
} from '@causeway/testing';
import { appendHandlers } from '../src/append/append-handler.ts';
import { leadership, type Leadership } from '../src/append/leadership.ts';
import { saltSource } from '../src/append/salts.ts';
import { createWriter } from '../src/append/writer.ts';
import { prepareDatabase } from '../src/log-database.ts';
import {
  appendOf,
  callerOn,
  eventually,
  FIRST,
  newStream,
  note,
  ORIGIN,
  startLedger,
  type Caller,
  unmeasured,
} from './ledger.features.ts';

let infra: TestInfrastructure;
let ledger: Caller;
const processes: ServiceProcess[] = [];
const ways: Way[] = [];

beforeAll(async () => {
  infra = await testInfrastructure();
  ledger = callerOn(await infra.connect('run-orchestrator'));
}, 60_000);

afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.kill('SIGKILL')));
  for (const way of ways.splice(0)) way.stop();
});
afterAll(() => infra?.stop());

async function replica(database: TestDatabase, instance: string, env = {}): Promise<ServiceProcess> {
  const process = await startLedger(infra, database, instance, env);
  processes.push(process);
  return process;
}

const leaderOf = async (owner: Pool) =>
  (await owner.query<{ leader: string }>('select leader from ledger_head')).rows[0]!.leader;

async function appendSurely(request: Append = appendOf(newStream(), 'none', note())): Promise<void> {
  await eventually(async () => (await ledger.append(request, 2_000)).ok);
}

const readiness = async ({ port }: ServiceProcess) =>
  (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as { status: string; failing?: string[] };

type Way = { port: number; cut: () => void; mend: () => void; stop: () => void };

/** A way to the database that can be cut so that neither side is told. */
async function frailWay({ port, hostname }: URL): Promise<Way> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.pipe(other);
      if (isCut) socket.unpipe(other).pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const way: Way = {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: () => {
      isCut = false;
      end();
    },
    stop: () => {
      server.close();
      end();
    },
  };
  ways.push(way);
  return way;
}

describe('the leader', () => {
  it('is replaced when it is stopped, and when it goes on it follows and has harmed nothing', async () => {
    const database = await infra.database();
    const first = await replica(database, 'ledger-1');
    await replica(database, 'ledger-2');
    const owner = database.pool('audit_ledger_owner', 1);
    await appendSurely();
    expect(await leaderOf(owner)).toBe('ledger-1');

    void first.kill('SIGSTOP');
    await appendSurely();
    expect(await leaderOf(owner)).toBe('ledger-2');
    const meanwhile = Promise.all(Array.from({ length: 50 }, () => appendSurely()));
    void first.kill('SIGCONT');
    await meanwhile;
    await eventually(async () => first.output().includes('this replica stopped writing the log'));
    await eventually(async () => (await readiness(first)).status === 'ready');
    await appendSurely();
    expect(await leaderOf(owner)).toBe('ledger-2');
    expect(await ledger.verify()).toMatchObject({ good: true, checked: FIRST + 53 });
  }, 60_000);

  it('is replaced when its way to the database is gone, knows that it is cut off, and follows when the way is back', async () => {
    const database = await infra.database();
    const direct = new URL(database.urlFor('audit_ledger'));
    const way = await frailWay(direct);
    direct.port = String(way.port);
    const first = await replica(database, 'ledger-1', { CAUSEWAY_POSTGRES_URL: direct.href });
    await replica(database, 'ledger-2');
    const owner = database.pool('audit_ledger_owner', 1);
    await appendSurely();
    expect(await leaderOf(owner)).toBe('ledger-1');

    way.cut();
    await appendSurely();
    expect(await leaderOf(owner)).toBe('ledger-2');
    await eventually(async () => (await readiness(first)).failing?.includes('database') ?? false);
    way.mend();
    await eventually(async () => (await readiness(first)).status === 'ready');
    await appendSurely();
    expect(await leaderOf(owner)).toBe('ledger-2');
  }, 60_000);
});

/** A replica's parts in this process. `usurper`: its database says yes to everybody who asks for the lock. */
async function partsOf(database: TestDatabase, kind: 'honest' | 'usurper') {
  const url = new URL(database.urlFor('audit_ledger'));
  if (kind === 'usurper') url.searchParams.set('options', '-csearch_path=audit_ledger,pg_catalog');
  const password = database.passwordFor('audit_ledger');
  const pool = connectPostgres({ url: url.href, password, name: kind, maxConnections: 1 });
  const writer = createWriter({
    ...{ origin: ORIGIN, log: silentLog, now: () => '2026-01-01T00:00:00.000Z', onCommitted: () => {} },
    reader: database.pool('audit_ledger', 2),
    metrics: unmeasured,
    onLost: (reason) => leader.lose(reason),
  });
  const leader: Leadership = leadership({
    ...{ pool, origin: ORIGIN, instance: kind, log: silentLog, onGained: writer.begin, onWithout: writer.pause },
  });
  const handlers = appendHandlers(writer, saltSource());
  await leader.start();
  return {
    leader,
    append: async (request: Append) => {
      const meta = { id: randomUUID(), actor: { kind: 'system', id: 'tester' } } as const;
      const reply = await handlers.one({
        data: request,
        meta,
        subject: 'cmd.audit-ledger.append.run-orchestrator',
      });
      return reply.ok ? 'appended' : reply.rejection.code;
    },
    stop: async () => {
      await writer.drain();
      await leader.stop();
      await pool.end();
    },
  };
}

describe('a leader that was deposed and does not know it', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await infra.database();
    const owner = database.pool('audit_ledger_owner', 1);
    await prepareDatabase(owner, ORIGIN);
    await owner.query(
      `create function pg_try_advisory_lock(integer, integer) returns boolean language sql return true`,
    );
  });

  it('refuses nothing because of what it remembers, which is no longer so', async () => {
    const old = await partsOf(database, 'honest');
    const stream = newStream();
    expect(await old.append(appendOf(stream, 'none', note()))).toBe('appended');
    const now = await partsOf(database, 'usurper');
    expect(await now.append(appendOf(stream, 1, note()))).toBe('appended');
    expect(old.leader.standing()).toBe('leads');

    expect(await old.append(appendOf(stream, 2, note()))).toBe('appended');
    expect(await old.append(appendOf(stream, 2, note()))).toBe('VERSION_CONFLICT');
    await Promise.all([old.stop(), now.stop()]);
  });

  it('writes nothing: what it is sent is done by the other', async () => {
    const old = await partsOf(database, 'honest');
    const now = await partsOf(database, 'usurper');
    const request = appendOf(newStream(), 'none', note());
    const codes = await Promise.all([old.append(request), now.append(request)]);
    expect(codes).toContain('appended');
    const { rows } = await database.pool('audit_ledger_owner', 1).query('select position from event');
    expect(rows).toHaveLength(1);
    await Promise.all([old.stop(), now.stop()]);
  });
});
