import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpApi, type JsonObject, type RebuiltProjections } from '@causeway/contracts';
import { homePaths, startInstance } from '@causeway/provisioning';
import { apiOf, aText, type Api } from './api.ts';
import { causeway, type Ended } from './program.ts';
import {
  newHome,
  removeHome,
  startSystem,
  START_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  systemOf,
  type System,
} from './system.ts';

describe('a log that moves to another instance', () => {
  let place: string;
  let home: string;
  let imported: Ended;
  let run: JsonObject;
  let runId: string;
  let events: number;
  let moved: System;
  let api: Api;

  /** The run, once the views hold everything. */
  const runOf = async (of: Api, { keys }: System, runId: string): Promise<JsonObject> => {
    const query = { minPosition: (await of.nextPosition()) - 1 };
    return of.good<JsonObject>(httpApi.getRun, { token: keys.operator, params: { runId }, query });
  };

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'causeway-e2e-bundle-'));
    home = newHome();
    const old = await startSystem();
    try {
      const before = apiOf(old);
      const work = await before.startWork('agent-moving');
      await before.step(work, 'keep', aText('A text'));
      await before.good(httpApi.cancelRun, {
        token: old.keys.operator,
        params: { runId: work.runId },
        body: { reason: 'moves' },
      });
      ({ runId } = work);
      run = await runOf(before, old, runId);
      expect(await causeway(old.home, 'ledger', 'export', '--out', join(place, 'log.tar'))).toMatchObject({
        exitCode: 0,
      });
      events = await before.nextPosition();
      cpSync(homePaths(old.home).signer, join(place, 'signer'), { recursive: true });
    } finally {
      await old.stop();
    }
    imported = await causeway(home, 'ledger', 'import', join(place, 'log.tar'), '--signer', join(place, 'signer'));
    if (imported.exitCode !== 0) throw new Error(imported.stderr);
    moved = systemOf(await startInstance({ home }));
    api = apiOf(moved);
  }, 2 * START_TIMEOUT_MS);
  afterAll(async () => {
    await removeHome(home);
    rmSync(place, { recursive: true });
  }, STOP_TIMEOUT_MS);

  it('is taken over whole, and verifies there', async () => {
    expect(imported.stdout).toContain(`Imported ${events} events`);
    const { exitCode, stdout } = await causeway(home, 'verify', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ good: true, trust: { basis: 'remembered' } });
  }, 60_000);

  it('gives back every view, and goes on', async () => {
    expect(await runOf(api, moved, runId)).toEqual(run);
    const asked = { token: moved.keys.admin, body: {} };
    const { projections } = await api.good<RebuiltProjections>(httpApi.rebuildProjections, asked);
    expect(projections.every(({ equal }) => equal)).toBe(true);
    const { status } = await api.step(await api.startWork('agent-after'), 'keep', aText('Another text'));
    expect(status).toBe(200);
    expect(await api.nextPosition()).toBeGreaterThan(events);
    expect(await causeway(home, 'verify')).toMatchObject({ exitCode: 0 });
  }, 60_000);

  it('takes no import once it was started', async () => {
    const bundle = join(place, 'onwards.tar');
    expect(await causeway(home, 'ledger', 'export', '--out', bundle)).toMatchObject({ exitCode: 0 });
    const again = await causeway(home, 'ledger', 'import', bundle);
    expect([again.exitCode, again.stderr]).toEqual([
      1,
      expect.stringContaining('a log is imported before the first start; give CAUSEWAY_HOME a new folder'),
    ]);
  }, 60_000);
});
