import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { httpApi, type JsonObject, type RebuiltProjections } from '@causeway/contracts';
import { instanceAccess } from '@causeway/provisioning';
import { apiOf, type Api, type Work } from './api.ts';
import { causeway } from './program.ts';
import { startSystem, START_TIMEOUT_MS, STOP_TIMEOUT_MS, type System } from './system.ts';

const MARKER = `words-of-jane-${randomUUID()}`;

describe('an erasure of a run', () => {
  let system: System;
  let api: Api;
  let superuser: Client;
  let work: Work;
  let keyFile: string;

  beforeAll(async () => {
    system = await startSystem();
    api = apiOf(system);
    superuser = new Client({ connectionString: system.databaseUrl });
    await superuser.connect();
    keyFile = join(system.home, 'admin.key');
    writeFileSync(keyFile, system.keys.admin);
    work = await aRunThatSays(MARKER);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await superuser.end();
    await system.stop();
  }, STOP_TIMEOUT_MS);

  /** A run that leaves the text wherever a run can: goal, inputs, a kept text, a call out, an approval. */
  async function aRunThatSays(text: string): Promise<Work> {
    const begun = await api.startWork('agent-a', { steps: 9, goal: `Write to ${text}` });
    const port = instanceAccess(system.home).ports['demo-content'];
    const site = `http://content.demo.internal:${port}`;
    await api.step(begun, 'keep', ['resource.ingest', { source: 'text', text: `Text: ${text}`, title: text }]);
    await api.step(begun, 'read', ['network.http-fetch', { url: `${site}/${text}?q=${text}`, method: 'GET' }]);
    await api.step(begun, 'ask', ['network.http-fetch', { url: `${site}/publish`, method: 'POST', body: text }]);
    return begun;
  }

  /** Tables of any schema with a row that holds the text, be it as text or as bytes. */
  async function tablesWith(text: string): Promise<string[]> {
    const { rows } = await superuser.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const hex = Buffer.from(text).toString('hex');
    const found: string[] = [];
    for (const { name } of rows) {
      const sql = `select from ${name} as t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%' limit 1`;
      if ((await superuser.query(sql, [text, hex])).rowCount) found.push(name);
    }
    return found.sort();
  }

  /** Files of the instance that hold the text; those of Postgres are asked by {@link tablesWith}. */
  function filesWith(text: string, folder = system.home): string[] {
    if (existsSync(join(folder, 'PG_VERSION'))) return [];
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesWith(text, path);
      return entry.isFile() && readFileSync(path).includes(text) ? [path] : [];
    });
  }

  /** Everything that the gateway tells people about the run. */
  async function told(): Promise<string> {
    const { runId } = work;
    const token = system.keys.admin;
    const minPosition = (await api.nextPosition()) - 1;
    const asked = { token, params: { runId }, query: { minPosition } };
    const steps = await Promise.all(
      ['keep', 'read', 'ask'].map((stepId) =>
        api.good<JsonObject>(httpApi.getStep, { token, params: { runId, stepId } }),
      ),
    );
    const { approvals } = await api.good<JsonObject>(httpApi.listApprovals, { token });
    return JSON.stringify([
      await api.good(httpApi.getRun, asked),
      await api.good(httpApi.listSteps, asked),
      ...[steps, approvals, await api.good(httpApi.listResources, { token, query: { minPosition } })],
      ...[await api.events(), await api.events({ runId })],
    ]);
  }

  const eventually = async (isGone: () => boolean | Promise<boolean>): Promise<void> => {
    const until = Date.now() + 30_000;
    while (!(await isGone())) {
      if (Date.now() > until) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const sealed = async (): Promise<string[]> => {
    const { rows } = await superuser.query<{ sealed: string }>(
      `select position || encode(leaf, 'hex') || encode(leaf_hash, 'hex') || encode(chain, 'hex') as sealed
         from audit_ledger.event order by position`,
    );
    return rows.map((row) => row.sealed);
  };

  it('takes its text out of every table, file and answer, and leaves every proof and view as it was', async () => {
    await eventually(() => filesWith(MARKER).length > 0);
    // The last view hears of the approval a moment after the step was answered.
    await eventually(async () => (await tablesWith(MARKER)).includes('run_orchestrator.approval_view'));
    expect(await tablesWith(MARKER)).toEqual([
      ...['audit_ledger.event_data', 'resource_store.blob', 'resource_store.resource_view'],
      ...['run_orchestrator.approval_view', 'run_orchestrator.run_view'],
    ]);
    expect(filesWith(MARKER)).not.toEqual([]);
    expect(await told()).toContain(MARKER);
    const before = await sealed();

    const erasing = await causeway(system.home, 'erase', work.runId, '--reason', 'asked for', '--key-file', keyFile);
    expect(erasing).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Erased the data of \d+ events; /) });
    await superuser.query(`update resource_store.blob set kept_at = now() - interval '1 hour'`);
    await eventually(async () => (await tablesWith(MARKER)).length + filesWith(MARKER).length === 0);

    expect(await tablesWith(MARKER)).toEqual([]);
    expect(filesWith(MARKER)).toEqual([]);
    expect(await told()).not.toContain(MARKER);
    expect((await sealed()).slice(0, before.length)).toEqual(before);
    const verified = await causeway(system.home, 'verify');
    expect(verified).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('was erased, as the log itself records'),
    });
    const { projections } = await api.good<RebuiltProjections>(httpApi.rebuildProjections, {
      ...{ token: system.keys.admin, body: {} },
    });
    expect(projections.map(({ equal }) => equal)).toEqual(projections.map(() => true));
  }, 120_000);

  it('leaves nothing to erase a second time, and is refused to anybody but an admin', async () => {
    const again = await causeway(system.home, 'erase', work.runId, '--reason', 'again', '--key-file', keyFile);
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ERASURE_REFUSED') });
    const asked = { token: system.keys.operator, body: { target: { scope: work.runId }, reason: 'mine' } };
    expect(await api.call(httpApi.eraseData, asked)).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
  });

  it('is told by a log in which data that merely disappeared is found', async () => {
    const other = await aRunThatSays('another text');
    await superuser.query('set session_replication_role = replica');
    const { rowCount } = await superuser.query(
      'delete from audit_ledger.event_data where position in (select position from audit_ledger.event where scope = $1)',
      [other.runId],
    );
    expect(rowCount).toBeGreaterThan(0);
    expect(await causeway(system.home, 'verify')).toMatchObject({
      ...{ exitCode: 1, stdout: expect.stringContaining('DATA_MISSING') },
    });
  }, 60_000);
});
