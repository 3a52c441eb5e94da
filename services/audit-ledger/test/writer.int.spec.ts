import { randomUUID } from 'node:crypto';
import type { Appended, ReplyEnvelope } from '@causeway/contracts';
import type { Pool, PoolClient } from '@causeway/postgres';
import { silentLog, testInfrastructure, type TestDatabase, type TestInfrastructure } from '@causeway/testing';
import { leadership, type Leadership, type Term } from '../src/append/leadership.ts';
import { prepareAppend, type PreparedAppend } from '../src/append/prepare.ts';
import { saltSource } from '../src/append/salts.ts';
import { createWriter, type Writer, type WriterOptions } from '../src/append/writer.ts';
import { prepareDatabase } from '../src/log-database.ts';
import { appendOf, newStream, note, ORIGIN, unmeasured } from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let owner: Pool;

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  owner = database.pool('audit_ledger_owner', 2);
  await prepareDatabase(owner, ORIGIN);
}, 60_000);

afterAll(async () => {
  await infra?.stop();
});

const newSalt = saltSource();
function prepared(append = appendOf(newStream(), 'none', note())): PreparedAppend {
  const meta = { id: randomUUID(), actor: { kind: 'system', id: 'tester' } } as const;
  const preparation = prepareAppend(append, { writer: 'run-orchestrator', meta, newSalt });
  if (!preparation.accepted) throw new Error(preparation.rejection.detail);
  return preparation.append;
}
const codeOf = (reply: ReplyEnvelope<Appended>) => (reply.ok ? 'appended' : reply.rejection.code);
const countOf = async (stream: string) =>
  (await owner.query<{ n: number }>('select count(*)::int as n from event where stream = $1', [stream])).rows[0]!.n;

type Rig = { readonly writer: Writer; readonly leader: Leadership; readonly terms: Term[]; readonly lost: unknown[] };

/** A writer whose terms begin and end as in the service; `faulty` may change the connection of each term. */
async function rig(
  options: Partial<WriterOptions> & { faulty?: (client: PoolClient, term: number) => PoolClient } = {},
): Promise<Rig & { readonly stop: () => Promise<void> }> {
  const terms: Term[] = [];
  const lost: unknown[] = [];
  const pool = database.pool('audit_ledger', 1);
  const writer = createWriter({
    ...{
      origin: ORIGIN,
      log: silentLog,
      reader: owner,
      metrics: unmeasured,
      now: () => '2026-01-01T00:00:00.000Z',
      onCommitted: () => {},
    },
    onLost: (reason) => {
      lost.push(reason);
      leader.lose(reason);
    },
    ...options,
  });
  const leader = leadership({
    ...{ pool, origin: ORIGIN, instance: 'rig', log: silentLog, pollMs: 20 },
    onGained: (term) => {
      terms.push(term);
      writer.begin({ ...term, client: options.faulty?.(term.client, terms.length) ?? term.client });
    },
    onWithout: (standing) => writer.pause(standing),
  });
  await leader.start();
  return { writer, leader, terms, lost, stop: async () => void (await writer.drain(), await leader.stop()) };
}

/** The statements that write: that of many appends, and those of one of few events. */
const isCommit = ({ name }: { readonly name?: string }): boolean => name?.startsWith('commit-') === true;

/** A connection on which the server's answer to a commit gets lost `times` times, after the commit took place. */
function losingAnswers(client: PoolClient, times: number): PoolClient {
  let left = times;
  return new Proxy(client, {
    get: (target, property) => {
      if (property !== 'query') return Reflect.get(target, property) as unknown;
      return async (query: { name?: string; text: string; values: unknown[] }) => {
        const result = await target.query(query);
        if (isCommit(query) && left-- > 0) throw new Error('the connection was lost');
        return result;
      };
    },
  });
}

describe('the writer', () => {
  it('refuses what waits beyond its bound, and takes it when asked again', async () => {
    const { writer, stop } = await rig({ maxWaitingEvents: 2 });
    const requests = Array.from({ length: 5 }, () => prepared());
    const codes = (await Promise.all(requests.map(writer.append))).map(codeOf);
    expect(codes).toEqual(['appended', 'appended', 'LEDGER_BUSY', 'LEDGER_BUSY', 'LEDGER_BUSY']);
    expect(codeOf(await writer.append(requests[4]!))).toBe('appended');
    await stop();
  });

  it('finds out what became of a commit whose answer was lost, and does not write it again', async () => {
    const { writer, stop, terms, lost } = await rig({
      faulty: (client, term) => (term === 1 ? losingAnswers(client, 1) : client),
    });
    const streams = [newStream(), newStream()];
    const requests = streams.map((stream) => prepared(appendOf(stream, 'none', note(), note())));
    const replies = await Promise.all(requests.map(writer.append));
    expect(replies.map(codeOf)).toEqual(['appended', 'appended']);
    expect(await Promise.all(streams.map(countOf))).toEqual([2, 2]);
    expect([terms.length, lost.length]).toEqual([2, 1]);
    await stop();
  });

  it('says that it does not know when the answer is lost every time, and answers right when asked again', async () => {
    const { writer, stop } = await rig({ faulty: (client, term) => (term <= 2 ? brokenClient(client) : client) });
    const stream = newStream();
    const request = prepared(appendOf(stream, 'none', note()));
    expect(codeOf(await writer.append(request))).toBe('LEDGER_UNAVAILABLE');
    expect(codeOf(await writer.append(request))).toBe('appended');
    expect(await countOf(stream)).toBe(1);
    await stop();
  });

  it('answers nobody before the commit, not even whoever conflicts with what is being committed', async () => {
    const { writer, stop } = await rig();
    const stream = newStream();
    const order: string[] = [];
    const told = (name: string, request: PreparedAppend) =>
      writer.append(request).then((reply) => order.push(`${name} ${codeOf(reply)}`));
    const [one, two] = [prepared(appendOf(stream, 'none', note())), prepared(appendOf(stream, 'none', note()))];
    await Promise.all([told('warm-up', prepared()), told('one', one), told('two', two), told('one again', one)]);
    expect(order).toEqual(['warm-up appended', 'one appended', 'two VERSION_CONFLICT', 'one again appended']);
    await stop();
  });

  it('takes back what was decided on top of a batch that failed, and decides it again', async () => {
    const { writer, stop, lost } = await rig({
      faulty: (client, term) => (term === 1 ? faultyClient(client) : client),
    });
    const streams = Array.from({ length: 20 }, newStream);
    const acknowledged: { firstPosition: number; stream: string; version: number }[] = [];
    async function untilAppended(stream: string): Promise<void> {
      const request = prepared(appendOf(stream, 'any', note()));
      for (;;) {
        const reply = await writer.append(request);
        // The lost session may hold the lock a moment longer.
        if (!reply.ok) expect(['LEDGER_UNAVAILABLE', 'LEDGER_NOT_LEADER']).toContain(codeOf(reply));
        else
          return void acknowledged.push({
            stream,
            firstPosition: reply.value.firstPosition,
            version: reply.value.versions[stream]!,
          });
      }
    }
    // Large enough for several batches on their way at once.
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => untilAppended(streams[n % streams.length]!)));
    const { rows } = await owner.query<{ position: string; stream: string; version: number }>(
      'select position, stream, version from event where stream = any($1) order by position',
      [streams],
    );
    const told = acknowledged.sort((a, b) => a.firstPosition - b.firstPosition);
    // Only an outcome that is not known costs the term.
    expect(lost.map(String)).toEqual(['Error: the connection was lost']);
    expect(rows.map(({ position, ...rest }) => ({ ...rest, firstPosition: Number(position) }))).toEqual(told);
    await stop();
  });

  it('answers what it forgot when it is sent again alone, with nobody coming after it', async () => {
    const request = prepared();
    const before = await rig();
    const first = await before.writer.append(request);
    await before.stop();
    const after = await rig();
    expect(await after.writer.append(request)).toEqual(first);
    await after.stop();
  });

  it('learns again what it forgot while it was learning, when a batch fails meanwhile', async () => {
    const known = newStream();
    let isFailing = false;
    const { writer, stop } = await rig({
      faulty: (client) => failingOnce(client, () => isFailing),
      reader: slow(owner, () => (isFailing ? 150 : 0)),
    });
    expect(codeOf(await writer.append(prepared(appendOf(known, 'none', note()))))).toBe('appended');
    isFailing = true;
    const failing = writer.append(prepared());
    await new Promise((resolve) => setTimeout(resolve, 20));
    // Large enough to leave behind a batch on its way, with a stream that has to be looked up.
    const many = Array.from({ length: 64 }, () => note());
    const others = [prepared(appendOf(known, 1, note())), prepared(appendOf(newStream(), 'any', ...many))];
    const codes = (await Promise.all([failing, ...others.map(writer.append)])).map(codeOf);
    expect(codes).toEqual(['LEDGER_UNAVAILABLE', 'appended', 'appended']);
    await stop();
  });

  it('decides a refusal again when the writer turns out to be deposed', async () => {
    const { writer, stop, leader, lost } = await rig();
    const stream = newStream();
    expect(codeOf(await writer.append(prepared(appendOf(stream, 'none', note()))))).toBe('appended');
    // Somebody else began a term: what this writer remembers may be old, and only the epoch can tell.
    await owner.query('update ledger_head set epoch = epoch + 1 where log = $1', [ORIGIN]);
    const refused = await writer.append(prepared(appendOf(stream, 'none', note())));
    expect([codeOf(refused), lost.length, leader.standing()]).toEqual(['VERSION_CONFLICT', 1, 'leads']);
    await stop();
  });

  it('refuses appends when it never led', async () => {
    const { stop, writer: first } = await rig();
    const { stop: stopSecond, writer: second, leader } = await rig();
    expect(leader.standing()).toBe('follows');
    expect(codeOf(await second.append(prepared()))).toBe('LEDGER_NOT_LEADER');
    expect(codeOf(await first.append(prepared()))).toBe('appended');
    await stop();
    await stopSecond();
  });
});

/** A connection that breaks at every commit, before anything is sent. */
function brokenClient(client: PoolClient): PoolClient {
  return new Proxy(client, {
    get: (target, property) => {
      if (property !== 'query') return Reflect.get(target, property) as unknown;
      return (query: { name?: string; text: string; values: unknown[] }) =>
        isCommit(query) ? Promise.reject(new Error('the connection was lost')) : target.query(query);
    },
  });
}

/** A connection on which the server refuses some commits and the answer to one is lost, while others are on their way. */
function faultyClient(client: PoolClient): PoolClient {
  let commits = 0;
  return new Proxy(client, {
    get: (target, property) => {
      if (property !== 'query') return Reflect.get(target, property) as unknown;
      return async (query: { name?: string; text: string; values: unknown[] }) => {
        const nth = isCommit(query) ? commits++ : 0;
        if (nth % 5 === 1) {
          await target.query('select pg_sleep(0.03)');
          throw Object.assign(new Error('no space left'), { severity: 'ERROR', code: '53100' });
        }
        const result = await target.query(query);
        if (nth === 4) throw new Error('the connection was lost');
        return result;
      };
    },
  });
}

/** A connection on which the next commit is refused by the server after a while, once. */
function failingOnce(client: PoolClient, isDue: () => boolean): PoolClient {
  let isDone = false;
  return new Proxy(client, {
    get: (target, property) => {
      if (property !== 'query') return Reflect.get(target, property) as unknown;
      return async (query: { name?: string; text: string; values: unknown[] }) => {
        if (!isCommit(query) || isDone || !isDue()) return target.query(query);
        isDone = true;
        await target.query('select pg_sleep(0.08)');
        throw Object.assign(new Error('no space left'), { severity: 'ERROR', code: '53100' });
      };
    },
  });
}

/** A reader that takes a while, in ms. */
function slow(pool: Pool, ms: () => number): WriterOptions['reader'] {
  const query = async (...args: Parameters<Pool['query']>): Promise<unknown> => {
    await new Promise((resolve) => setTimeout(resolve, ms()));
    return pool.query(...args);
  };
  return { query } as unknown as WriterOptions['reader'];
}
