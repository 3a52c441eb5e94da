import {
  extendBudget,
  extendPool,
  httpApi,
  listPools,
  pathOf,
  type PoolView,
  type RouteContract,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { AT, idNumber, RUN, runView, SESSION } from './samples.ts';
import { sessionOpened } from './told-ledger.features.ts';

const POOL = idNumber('pool', 1);
const pool: PoolView = {
  ...{ poolId: POOL, level: 'agent', owner: 'reader', team: 'blue', period: '2026-01-01' },
  ...{ limits: { steps: 5 }, extended: { steps: 2 }, given: { steps: 3 }, openedAt: AT, position: 9 },
};
const MORE = { meter: 'steps', delta: 2, reason: 'it is nearly done' };

describe('the gateway, budgets', () => {
  let on: GatewayUnderTest;
  const token = newToken();

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
  });
  beforeEach(() => {
    on.orchestrator.answer(extendBudget, () => ok(runView({ position: 8 })));
    on.orchestrator.answer(extendPool, () => ok(pool));
    on.orchestrator.answer(listPools, () => ok({ pools: [pool], next: POOL }));
  });
  afterAll(() => on.stop());

  const ask = (
    route: Pick<RouteContract, 'path' | 'method'>,
    credential: string,
    { body, key, query = '' }: { body?: object; key?: string; query?: string } = {},
  ) =>
    on.ask(`${pathOf(route, { runId: RUN, poolId: POOL })}${query}`, {
      method: route.method,
      headers: { ...bearer(credential), ...(key ? { 'idempotency-key': key } : {}) },
      ...(body ? { body } : {}),
    });

  it.each<[keyof typeof httpApi, object | undefined, readonly string[]]>([
    ['extendBudget', MORE, ['operator', 'admin']],
    ['extendPool', MORE, ['operator', 'admin']],
    ['listPools', undefined, ['viewer', 'operator', 'approver', 'admin']],
  ])('%s is for some roles of people, and never for an agent', async (operation, body, roles) => {
    const asked = body ? { body } : {};
    for (const [role, key] of Object.entries(on.keys)) {
      const { status } = await ask(httpApi[operation], key, asked);
      expect([role, status]).toEqual([role, roles.includes(role) ? 200 : 403]);
    }
    expect((await ask(httpApi[operation], token, asked)).status).toBe(403);
  });

  it('passes on what is added and why, and who adds it comes from the credential', async () => {
    const { body, headers } = await ask(httpApi.extendBudget, on.keys.operator, { body: MORE });
    expect(body).toEqual(runView({ position: 8 }));
    expect(headers['causeway-position']).toBe('8');
    const said = on.orchestrator.last(extendBudget);
    expect(said).toMatchObject({
      data: { runId: RUN, ...MORE },
      meta: { actor: { kind: 'operator', id: 'operator-1' } },
    });
    await ask(httpApi.extendPool, on.keys.operator, { body: MORE });
    expect(on.orchestrator.last(extendPool)?.data).toMatchObject({ poolId: POOL, ...MORE });
  });

  it('takes the same key for the same extension, and none, or another person, for another', async () => {
    const idOf = async (credential: string, key?: string): Promise<string | undefined> => {
      await ask(httpApi.extendBudget, credential, { body: MORE, ...(key ? { key } : {}) });
      const said = on.orchestrator.last(extendBudget)?.data as { readonly extensionId: string } | undefined;
      return said?.extensionId;
    };
    const first = await idOf(on.keys.operator, 'k-1');
    expect(await idOf(on.keys.operator, 'k-1')).toBe(first);
    const others = [
      await idOf(on.keys.operator, 'k-2'),
      await idOf(on.keys.admin, 'k-1'),
      await idOf(on.keys.operator),
    ];
    expect(new Set([first, ...others]).size).toBe(4);
  });

  it('asks for the page of pools that is wanted', async () => {
    const query = `?level=team&limit=2&after=${POOL}&minPosition=7`;
    expect((await ask(httpApi.listPools, on.keys.viewer, { query })).body).toEqual({ pools: [pool], next: POOL });
    expect(on.orchestrator.last(listPools)?.data).toEqual({ level: 'team', limit: 2, after: POOL, minPosition: 7 });
    expect((await ask(httpApi.listPools, on.keys.viewer, { query: '?level=planet' })).status).toBe(400);
  });

  it.each([
    [{ ...MORE, delta: 0 }],
    [{ ...MORE, delta: 1.5 }],
    [{ ...MORE, meter: 'patience' }],
    [{ meter: 'steps', delta: 1 }],
    [{ ...MORE, by: 'somebody else' }],
  ])('refuses %j before anybody is asked', async (body) => {
    for (const route of [httpApi.extendBudget, httpApi.extendPool])
      expect((await ask(route, on.keys.operator, { body })).status).toBe(400);
  });

  it('refuses for a pool what only a run has', async () => {
    const body = { ...MORE, meter: 'wallClockMs' };
    expect((await ask(httpApi.extendPool, on.keys.operator, { body })).status).toBe(400);
    expect((await ask(httpApi.extendBudget, on.keys.operator, { body })).status).toBe(200);
  });

  it('tells refusals with their code', async () => {
    on.orchestrator.answer(extendBudget, () => rejected('RUN_PAUSED', 'it waits'));
    on.orchestrator.answer(extendPool, () => rejected('POOL_NOT_FOUND', 'there is none'));
    const answers = [
      await ask(httpApi.extendBudget, on.keys.operator, { body: MORE }),
      await ask(httpApi.extendPool, on.keys.operator, { body: MORE }),
    ];
    expect(answers.map(({ status, body }) => [status, (body as { code?: string }).code])).toEqual([
      [409, 'RUN_PAUSED'],
      [404, 'POOL_NOT_FOUND'],
    ]);
  });
});
