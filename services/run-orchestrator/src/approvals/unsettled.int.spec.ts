import { join } from 'node:path';
import { migrate, type Pool } from '@causeway/postgres';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { findRunsOfRevokedSessions } from '../runs/runs.queries.ts';
import type { Views } from '../views.ts';
import { MOST_UNSETTLED } from './approvals.queries.ts';
import { unsettledApprovals } from './unsettled.ts';

const MANY = 5_000;
const EARLY = '2026-01-01T00:00:00.000Z';
const LATE = '2026-01-02T00:00:00.000Z';

let infra: TestInfrastructure;
let pool: Pool;
beforeAll(async () => {
  infra = await testInfrastructure();
  pool = (await infra.database()).pool('run_orchestrator', 4);
  await migrate(pool, join(import.meta.dirname, '..', '..', 'migrations'), 'run_orchestrator');
});
afterAll(() => infra.stop());

/** So many runs that each wait for one approval, named by their numbers; run 5 is held at position 5. */
beforeEach(async () => {
  await pool.query('truncate session_view, run_view, step_view, approval_view');
  await pool.query(
    `insert into session_view
     select 'ses' || n, jsonb_build_object('state', 'open') from generate_series(1, $1::int) n`,
    [MANY],
  );
  await pool.query(
    `insert into run_view
     select 'run' || n, jsonb_build_object('state', 'paused', 'sessionId', 'ses' || n) from generate_series(1, $1::int) n`,
    [MANY],
  );
  await pool.query(
    `insert into step_view
     select 'run' || n || '/s', jsonb_build_object(
       'runId', 'run' || n, 'state', 'held', 'approvalId', 'apr' || n, 'openedAtPosition', n, 'position', n)
     from generate_series(1, $1::int) n`,
    [MANY],
  );
  await pool.query(
    `insert into approval_view
     select 'apr' || n, jsonb_build_object(
       'state', 'pending', 'requestedAtPosition', n, 'changedAtPosition', n,
       'content', jsonb_build_object('runId', 'run' || n, 'stepId', 's', 'expiresAt', $2::text))
     from generate_series(1, $1::int) n`,
    [MANY, LATE],
  );
  await pool.query('analyze session_view, run_view, step_view, approval_view');
});

const change = (table: string, key: string, to: Readonly<Record<string, unknown>>) =>
  pool.query(`update ${table} set view = view || $2::jsonb where key = $1`, [key, JSON.stringify(to)]);
const approvalIs = (n: number, state: string, position: number) =>
  change('approval_view', `apr${n}`, { state, changedAtPosition: position });
const stepIs = (n: number, state: string, position: number) => change('step_view', `run${n}/s`, { state, position });

/** What the clock finds, look by look, while the views stand at the positions that it is told. */
function looks() {
  let position = MANY + 1;
  const runner = { position: () => Promise.resolve(position) };
  const look = unsettledApprovals({ pool, runner } as unknown as Views);
  return (at: string, next = position) => {
    position = next;
    return look(at);
  };
}

/** How many rows of the views a question reads. The server counts for a connection, and now and then forgets between two transactions. */
async function rowsReadBy(question: (pool: Pool) => Promise<unknown>): Promise<number> {
  const client = await pool.connect();
  const count = async (): Promise<number> => {
    const { rows } = await client.query<{ read: string }>(
      `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as read from pg_stat_xact_user_tables where relname ~ '_view$'`,
    );
    return Number(rows[0]!.read);
  };
  try {
    await client.query('begin');
    const before = await count();
    await question(client as unknown as Pool);
    return (await count()) - before;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

describe('the look for approvals that do not fit their steps', () => {
  it('finds nothing where everybody waits', async () => {
    expect(await looks()(EARLY)).toEqual([]);
  });

  it.each(['granted', 'denied', 'returned', 'expired', 'consumed', 'withdrawn'])(
    'finds what is %s while its step is held: in the first look, and once it changed',
    async (state) => {
      const later = looks();
      expect(await later(EARLY)).toEqual([]);
      await approvalIs(7, state, MANY + 1);
      expect(await later(EARLY, MANY + 2)).toEqual(['apr7']);
      expect(await looks()(EARLY)).toEqual(['apr7']);
    },
  );

  it.each(['pending', 'granted'])('finds what is %s although its step no longer waits', async (state) => {
    const look = looks();
    await approvalIs(7, state, 7);
    await look(EARLY);
    await stepIs(7, 'denied', MANY + 1);
    expect(await look(EARLY, MANY + 2)).toEqual(['apr7']);
    expect(await looks()(EARLY)).toEqual(['apr7']);
  });

  it('goes on finding what it found, until that fits', async () => {
    const look = looks();
    await approvalIs(7, 'granted', MANY + 1);
    expect(await look(EARLY, MANY + 2)).toEqual(['apr7']);
    expect(await look(EARLY, MANY + 900)).toEqual(['apr7']);
    expect(await look(EARLY, MANY + 901)).toEqual(['apr7']);
    await approvalIs(7, 'consumed', MANY + 902);
    await stepIs(7, 'started', MANY + 903);
    expect(await look(EARLY, MANY + 904)).toEqual([]);
  });

  it('leaves alone what its step does not name', async () => {
    await change('step_view', 'run7/s', { approvalId: 'another' });
    await approvalIs(7, 'granted', MANY + 1);
    expect(await looks()(EARLY)).toEqual([]);
  });

  it('finds what nobody decided in time, though nothing changed', async () => {
    const look = looks();
    await look(EARLY);
    await change('approval_view', 'apr7', { content: { runId: 'run7', stepId: 's', expiresAt: EARLY } });
    expect(await look(EARLY, MANY + 2)).toEqual(['apr7']);
  });

  it('loses none of more than it takes at once', async () => {
    const look = looks();
    await look(EARLY);
    await pool.query(
      `update approval_view set view = view || '{"state": "denied"}' || jsonb_build_object('changedAtPosition', $1::int)
        where requested <= $2`,
      [MANY + 1, MOST_UNSETTLED + 1],
    );
    const found = new Set<string>();
    for (const position of [MANY + 2, MANY + 3]) {
      const now = await look(EARLY, position);
      for (const key of now) {
        found.add(key);
        await stepIs(Number(key.slice(3)), 'denied', position);
      }
    }
    expect(found.size).toBe(MOST_UNSETTLED + 1);
  });
});

describe('what the clock asks every second', () => {
  it('reads what changed of the approvals, however many wait', async () => {
    let views = pool;
    const look = unsettledApprovals({
      pool: { query: (...question: Parameters<Pool['query']>) => views.query(...question) },
      runner: { position: () => Promise.resolve(MANY + 1) },
    } as unknown as Views);
    await look(EARLY);
    await approvalIs(7, 'denied', MANY + 1);
    const rows = await rowsReadBy(async (inTransaction) => {
      views = inTransaction;
      expect(await look(EARLY)).toEqual(['apr7']);
    });
    expect(rows).toBeLessThan(20);
  });

  it('reads the runs of revoked sessions, however many go on', async () => {
    await change('session_view', 'ses7', { state: 'revoked' });
    await pool.query('analyze session_view');
    expect(await findRunsOfRevokedSessions(pool)).toEqual(['run7']);
    expect(await rowsReadBy(findRunsOfRevokedSessions)).toBeLessThan(20);
  });
});
