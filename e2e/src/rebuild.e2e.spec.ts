import { httpApi, type JsonObject, type RebuiltProjections } from '@causeway/contracts';
import { instanceAccess } from '@causeway/provisioning';
import { aList, apiOf, aText, type Api, type Work } from './api.ts';
import { startSystem, START_TIMEOUT_MS, STOP_TIMEOUT_MS, type System } from './system.ts';

const VIEWS = [
  'approval_view',
  'capability_view',
  'gateway.sessions',
  'grant_view',
  'pool_view',
  'resource_view',
  'run_view',
  'schedule_view',
  'session_view',
  'step_view',
];

describe('the projections', () => {
  let system: System;
  let api: Api;
  beforeAll(async () => {
    system = await startSystem();
    api = apiOf(system);
  }, START_TIMEOUT_MS);
  afterAll(() => system.stop(), STOP_TIMEOUT_MS);

  /** A run whose only step waits for a person, so that there is an approval. */
  async function holdAStep(): Promise<void> {
    const port = instanceAccess(system.home).ports['demo-content'];
    const input = { url: `http://content.demo.internal:${port}/publish`, method: 'POST', body: 'x' };
    const { status } = await api.step(await api.startWork('agent-held'), 'publish', ['network.http-fetch', input]);
    expect(status).toBe(202);
  }

  /** What people see once the views hold everything. */
  async function seen({ runId }: Work): Promise<JsonObject> {
    const token = system.keys.operator;
    const minPosition = (await api.nextPosition()) - 1;
    await api.good(httpApi.getRun, { token, params: { runId }, query: { minPosition } });
    const { runs } = await api.good<JsonObject>(httpApi.listRuns, { token });
    const { approvals } = await api.good<JsonObject>(httpApi.listApprovals, { token });
    const { resources } = await api.good<JsonObject>(httpApi.listResources, { token, query: { minPosition } });
    return { runs: runs ?? null, approvals: approvals ?? null, resources: resources ?? null };
  }

  it('come out of the ledger as they were, while a run goes on and is served', async () => {
    await holdAStep();
    const work = await api.startWork('agent-a', { steps: 1_000 });
    const statuses = [(await api.step(work, 'first', aText('The first text'))).status];
    let rebuilding = true;
    const agent = (async () => {
      for (let number = 1; rebuilding || number <= 10; number++) {
        const capability = number % 2 === 0 ? aList : aText(`Text ${number}`);
        statuses.push((await api.step(work, `step-${number}`, capability)).status);
      }
    })();
    const rounds: RebuiltProjections[] = [];
    while (rounds.length < 3) {
      const asked = { token: system.keys.admin, body: {} };
      rounds.push(await api.good<RebuiltProjections>(httpApi.rebuildProjections, asked));
    }
    rebuilding = false;
    await agent;

    for (const { projections } of rounds) {
      expect(projections.map(({ projection }) => projection).sort()).toEqual(VIEWS);
      for (const rebuilt of projections) {
        expect(rebuilt).toMatchObject({ equal: true, digestAfter: rebuilt.digestBefore });
        expect(rebuilt.events).toBeGreaterThan(0);
      }
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
  }, 60_000);

  it('show people the same before and after', async () => {
    const work = await api.startWork('agent-b');
    await api.step(work, 'keep', aText('A text'));
    const before = await seen(work);
    await api.good(httpApi.rebuildProjections, { token: system.keys.admin, body: {} });
    const after = await seen(work);
    expect(withoutClock(after)).toEqual(withoutClock(before));
    expect(before['approvals']).toHaveLength(1);
  }, 60_000);
});

/** A run that goes on uses up time while one looks. */
const withoutClock = (view: JsonObject): string =>
  JSON.stringify(view, (key, value: unknown) => (key === 'wallClockMs' ? undefined : value));
