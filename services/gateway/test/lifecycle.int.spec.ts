import {
  activatePolicy,
  getPolicyPack,
  moveRun,
  checkpointRun,
  getRunCheckpoint,
  hearAgent,
  httpApi,
  liftKill,
  listKills,
  listSteps,
  pathOf,
  pauseRun,
  pullKill,
  revokeRule,
  readResource,
  resumeRun,
  signalRun,
  type KillView,
  type Problem,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { AT, DIGEST, idNumber, POLICY, RUN, runView, SESSION } from './samples.ts';
import { sessionOpened } from './told-ledger.features.ts';

const KILL = idNumber('kill', 1);
const BODY = { page: 3, todo: ['read'] };

describe("the gateway, a run's life and the kill switch", () => {
  let on: GatewayUnderTest;
  const token = newToken();
  const asAgent = () => bearer(token);
  const asOperator = () => bearer(on.keys.operator);
  const post = <Body>(path: string, headers: Record<string, string>, body: object) =>
    on.ask<Body>(path, { method: 'POST', headers, body });
  const at = (route: { readonly path: `/${string}` }) => pathOf(route, { runId: RUN });

  const killView = (over: Partial<KillView> = {}): KillView => ({
    ...{
      killId: KILL,
      state: 'completed',
      target: { scope: 'run', runId: RUN },
      stands: false,
      pulledBy: 'operator-1',
    },
    ...{ pulledAt: AT, reason: 'wild', runs: 1, sessions: 0, ...over },
  });

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
    for (const contract of [pauseRun, resumeRun, signalRun, hearAgent, checkpointRun])
      on.orchestrator.answer(contract as never, () => ok(runView()));
    on.orchestrator.answer(pullKill, ({ killId }: { killId: string }) => ok(killView({ killId })));
    const shown = { policy: POLICY, active: true, revoked: [] };
    const files = { 'constitution.cedar': '', 'pack.yaml': '', 'policy.cedar': '' };
    for (const contract of [activatePolicy, revokeRule, getPolicyPack])
      on.orchestrator.answer(contract as never, () =>
        ok({ ...shown, ...(contract === getPolicyPack ? { files } : {}) }),
      );
    on.orchestrator.answer(moveRun, () => ok(runView()));
    on.orchestrator.answer(liftKill, () => ok(killView({ state: 'lifted' })));
    on.orchestrator.answer(listKills, () => ok({ kills: [killView()] }));
  });
  afterAll(() => on.stop());

  it('names the session of an agent that pauses, checkpoints or gives a sign of life, and none of an operator', async () => {
    expect((await post(at(httpApi.pauseRun), asAgent(), { cause: 'external-event', name: 'paid' })).status).toBe(200);
    expect(on.orchestrator.last(pauseRun)?.data).toMatchObject({ runId: RUN, sessionId: SESSION, name: 'paid' });
    expect((await post(at(httpApi.heartbeat), asAgent(), {})).status).toBe(200);
    expect(on.orchestrator.last(hearAgent)?.data).toEqual({ runId: RUN, sessionId: SESSION });
    await post(at(httpApi.checkpointRun), asAgent(), { body: BODY, resume: 'manual' });
    expect(on.orchestrator.last(checkpointRun)?.data).toMatchObject({ sessionId: SESSION, body: BODY, note: '' });
    await post(at(httpApi.pauseRun), asOperator(), { cause: 'operator' });
    expect(on.orchestrator.last(pauseRun)?.data).not.toHaveProperty('sessionId');
  });

  it('lets an administrator alone activate a pack, and operators revoke rules and move runs', async () => {
    const files = { 'constitution.cedar': '', 'pack.yaml': 'id: x', 'policy.cedar': '' };
    const pack = { files, reason: 'new rules' };
    const policy = pathOf(httpApi.activatePolicy);
    for (const headers of [asAgent(), asOperator()])
      expect(await post(policy, headers, pack)).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
    const asAdmin = { ...bearer(on.keys.admin), 'idempotency-key': 'k' };
    expect((await post(policy, asAdmin, pack)).status).toBe(200);
    const first = on.orchestrator.last(activatePolicy)?.data;
    await post(policy, asAdmin, pack);
    expect(first).toMatchObject(pack);
    expect(on.orchestrator.last(activatePolicy)?.data).toEqual(first);
    const revoke = pathOf(httpApi.revokeRule, { rule: 'push' });
    expect((await post(revoke, asAgent(), { reason: 'x' })).status).toBe(403);
    expect((await post(revoke, asOperator(), { reason: 'x' })).status).toBe(200);
    expect(on.orchestrator.last(revokeRule)?.data).toMatchObject({ rule: 'push', reason: 'x' });
    expect((await post(at(httpApi.moveRun), asAgent(), { reason: 'x' })).status).toBe(403);
    expect((await post(at(httpApi.moveRun), asOperator(), { reason: 'x', digest: DIGEST })).status).toBe(200);
    expect(on.orchestrator.last(moveRun)?.data).toEqual({ runId: RUN, digest: DIGEST, reason: 'x' });
    expect((await on.ask(`${pathOf(httpApi.getPolicyPack)}?digest=${DIGEST}`, { headers: asOperator() })).status).toBe(
      200,
    );
    expect(on.orchestrator.last(getPolicyPack)?.data).toEqual({ digest: DIGEST });
  });

  it('lets no agent resume or signal, and no operator do what only an agent does', async () => {
    for (const [route, body] of [
      [httpApi.resumeRun, {}],
      [httpApi.signalRun, { name: 'paid' }],
    ] as const)
      expect(await post(at(route), asAgent(), body)).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
    expect((await post(at(httpApi.heartbeat), asOperator(), {})).status).toBe(403);
    expect((await post(at(httpApi.checkpointRun), asOperator(), { body: 1, resume: 'manual' })).status).toBe(403);
  });

  it('derives the same id from the same key, for this run alone', async () => {
    const signal = async (runId: string, key: string) => {
      await post(pathOf(httpApi.signalRun, { runId }), { ...asOperator(), 'idempotency-key': key }, { name: 'paid' });
      return (on.orchestrator.last(signalRun)?.data as { signalId: string }).signalId;
    };
    const first = await signal(RUN, 'invoice-7');
    expect(await signal(RUN, 'invoice-7')).toBe(first);
    expect(await signal(RUN, 'invoice-8')).not.toBe(first);
    expect(await signal(idNumber('run', 2), 'invoice-7')).not.toBe(first);
  });

  it('puts a checkpoint and its body together, page by page', async () => {
    const checkpoint = {
      ...{ runId: RUN, checkpointId: idNumber('checkpoint', 1), resourceId: idNumber('resource', 1), sha256: DIGEST },
      ...{ sizeBytes: 30, note: 'half', at: AT, signals: [], position: 9 },
    };
    on.orchestrator.answer(getRunCheckpoint, () => ok(checkpoint));
    const text = JSON.stringify(BODY);
    on.resources.answer(readResource, ({ offset }: { offset: number }) => {
      const more = offset + 10 < text.length ? { next: offset + 10 } : {};
      return ok({ resource: {}, offset, text: text.slice(offset, offset + 10), frame: {}, ...more });
    });
    expect(await on.ask(at(httpApi.getRunCheckpoint), { headers: asAgent() })).toMatchObject({
      status: 200,
      body: { ...checkpoint, body: BODY },
    });
    expect(on.resources.last(readResource)?.data).toMatchObject({ sessionId: SESSION });
    on.orchestrator.answer(getRunCheckpoint, () => rejected('RUN_CHECKPOINT_NOT_FOUND', 'none yet'));
    expect((await on.ask(at(httpApi.getRunCheckpoint), { headers: asAgent() })).status).toBe(404);
  });

  it('asks for the results of steps where they are wanted', async () => {
    on.orchestrator.answer(listSteps, () => ok({ steps: [] }));
    await on.ask(`${at(httpApi.listSteps)}?results=true`, { headers: asAgent() });
    expect(on.orchestrator.last(listSteps)?.data).toMatchObject({ results: true, sessionId: SESSION });
    expect((await on.ask(`${at(httpApi.listSteps)}?results=1`, { headers: asAgent() })).status).toBe(400);
  });

  it('pulls a kill for operators, in their own name, and says what an id names', async () => {
    const kill = (body: object, headers = asOperator()) => post<Problem>(pathOf(httpApi.pullKill), headers, body);
    expect((await kill({ scope: 'step', id: `${RUN}/s1`, reason: 'wild' })).status).toBe(200);
    expect(on.orchestrator.last(pullKill)).toMatchObject({
      data: { target: { scope: 'step', runId: RUN, stepId: 's1' }, reason: 'wild' },
      meta: { actor: { kind: 'operator', id: 'operator-1' } },
    });
    for (const body of [
      { scope: 'run', id: SESSION, reason: 'x' },
      { scope: 'run', reason: 'x' },
      { scope: 'everything', id: RUN, reason: 'x' },
      { scope: 'everything' },
    ])
      expect(await kill(body)).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    expect((await kill({ scope: 'everything', reason: 'x' }, asAgent())).status).toBe(403);
    expect((await on.ask(pathOf(httpApi.listKills), { headers: asOperator() })).status).toBe(200);
  });

  it('lets an admin alone lift a kill', async () => {
    const path = pathOf(httpApi.liftKill, { killId: KILL });
    expect((await post(path, asOperator(), { reason: 'clear' })).status).toBe(403);
    expect((await post(path, bearer(on.keys.admin), { reason: 'clear' })).status).toBe(200);
  });
});
