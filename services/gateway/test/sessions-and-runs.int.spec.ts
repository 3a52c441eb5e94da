import {
  cancelRun,
  claimCompletion,
  executeStep,
  getRun,
  getSession,
  getStep,
  httpApi,
  listRuns,
  listSteps,
  openSession,
  pathOf,
  revokeSession,
  startRun,
  type OpenedSession,
  type Problem,
  type RunView,
  type SessionView,
  type StepOutcome,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { AT, BUDGET, idNumber, RUN, runView, SESSION, stepOutcome } from './samples.ts';
import { sessionOpened, sessionRevoked } from './told-ledger.features.ts';

const SESSIONS = pathOf(httpApi.openSession);
const RUNS = pathOf(httpApi.startRun);
const STEPS = pathOf(httpApi.executeStep, { runId: RUN });

describe('the gateway, sessions and runs', () => {
  let on: GatewayUnderTest;
  const token = newToken();
  const asOperator = () => bearer(on.keys.operator);
  const asAgent = () => bearer(token);
  const startBody = { sessionId: SESSION, goal: 'read', predicate: { kind: 'manual' } };

  const sessionView = (sessionId: string): SessionView => ({
    ...{ sessionId, agentId: 'reader', state: 'open', openedBy: 'operator-1', openedAt: AT },
  });

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
    on.orchestrator.answer(openSession, ({ sessionId }: { sessionId: string }) => ok(sessionView(sessionId)));
    on.orchestrator.answer(startRun, ({ runId }: { runId: string }) => ok(runView({ runId })));
  });
  afterAll(() => on.stop());

  const open = (headers: Record<string, string> = {}) =>
    on.ask<OpenedSession>(SESSIONS, {
      method: 'POST',
      headers: { ...asOperator(), ...headers },
      body: { agentId: 'reader' },
    });

  it('opens a session, shows its token once and sends only its digest to the bus', async () => {
    const { status, body } = await open();
    const sent = on.orchestrator.last(openSession);
    expect(status).toBe(201);
    expect(body.token).toMatch(/^cwa_[A-Za-z0-9_-]{43}$/);
    expect(sent?.data).toEqual({
      sessionId: body.session.sessionId,
      agentId: 'reader',
      tokenSha256: sha256(body.token),
    });
    expect(sent?.meta.actor).toEqual({ kind: 'operator', id: 'operator-1' });
    expect(JSON.stringify(on.orchestrator.received)).not.toContain(body.token);
  });

  it('takes the token of a session at once, before the log tells of the session', async () => {
    const { body } = await open();
    on.orchestrator.answer(listRuns, () => ok({ runs: [] }));
    expect((await on.ask(pathOf(httpApi.listRuns), { headers: bearer(body.token) })).status).toBe(200);
    expect(on.orchestrator.last(listRuns)?.data).toMatchObject({ sessionId: body.session.sessionId });
  });

  it('takes the token of a session that another gateway opened as soon as the ledger holds it', async () => {
    const elsewhere = newToken();
    on.orchestrator.answer(listRuns, () => ok({ runs: [] }));
    await on.ledger.tellSilently(sessionOpened(idNumber('session', 2), sha256(elsewhere)));
    expect((await on.ask(pathOf(httpApi.listRuns), { headers: bearer(elsewhere) })).status).toBe(200);
  });

  it('refuses a revoked token at once', async () => {
    const { body } = await open();
    const { sessionId } = body.session;
    on.orchestrator.answer(revokeSession, () => ok({ ...sessionView(sessionId), state: 'revoked' }));
    const revoked = await on.ask(pathOf(httpApi.revokeSession, { sessionId }), {
      method: 'POST',
      headers: asOperator(),
      body: { reason: 'lost' },
    });
    expect(revoked.status).toBe(200);
    const after = await on.ask(pathOf(httpApi.listRuns), { headers: bearer(body.token) });
    expect(after).toMatchObject({ status: 401, body: { code: 'CREDENTIAL_INVALID' } });
    expect(after.headers['www-authenticate']).toContain('Bearer');
  });

  it('refuses a token whose session the log says is revoked', async () => {
    const lost = newToken();
    const sessionId = idNumber('session', 3);
    await on.ledger.tell(sessionOpened(sessionId, sha256(lost)), sessionRevoked(sessionId));
    expect((await on.ask(pathOf(httpApi.listRuns), { headers: bearer(lost) })).status).toBe(401);
  });

  it('derives the same session and run from the same idempotency key of the same principal, and others from another', async () => {
    const key = { 'idempotency-key': 'order-1' };
    const [one, two, other] = [await open(key), await open(key), await open({ 'idempotency-key': 'order-2' })];
    expect(two.body.session.sessionId).toBe(one.body.session.sessionId);
    expect(other.body.session.sessionId).not.toBe(one.body.session.sessionId);
    const start = (headers: object) =>
      on.ask<RunView>(RUNS, { method: 'POST', headers: { ...headers, ...key }, body: startBody });
    const runs = [await start(asOperator()), await start(asOperator()), await start(bearer(on.keys.admin))];
    const [first, again, byAdmin] = runs.map(({ body }) => body.runId);
    expect(again).toBe(first);
    expect(byAdmin).not.toBe(first);
  });

  it('passes on that a key stands for another run', async () => {
    on.orchestrator.answer(startRun, () => rejected('RUN_ALREADY_STARTED', 'the run has another goal'));
    const refused = await on.ask(RUNS, { method: 'POST', headers: asOperator(), body: startBody });
    on.orchestrator.answer(startRun, ({ runId }: { runId: string }) => ok(runView({ runId })));
    expect(refused).toMatchObject({ status: 409, body: { code: 'RUN_ALREADY_STARTED', instance: RUNS } });
  });

  it('answers 201 with the run and its ledger position', async () => {
    const { status, body, headers } = await on.ask<RunView>(RUNS, {
      method: 'POST',
      headers: asOperator(),
      body: startBody,
    });
    expect({ status, position: headers['causeway-position'] }).toEqual({ status: 201, position: '7' });
    expect(on.orchestrator.last(startRun)).toMatchObject({
      data: { runId: body.runId, sessionId: SESSION, budget: {} },
      meta: { correlationId: body.runId, id: headers['x-request-id'] },
    });
  });

  it('keeps an agent within its own session wherever a run is asked for', async () => {
    on.orchestrator.answer(getRun, () => rejected('RUN_NOT_FOUND', 'no such run'));
    on.orchestrator.answer(cancelRun, () => rejected('RUN_NOT_FOUND', 'no such run'));
    const read = await on.ask(pathOf(httpApi.getRun, { runId: RUN }), { headers: asAgent() });
    const cancelled = await on.ask(pathOf(httpApi.cancelRun, { runId: RUN }), {
      method: 'POST',
      headers: asAgent(),
      body: { reason: 'enough' },
    });
    expect([read.status, cancelled.status]).toEqual([404, 404]);
    expect(on.orchestrator.last(getRun)?.data).toEqual({ runId: RUN, sessionId: SESSION });
    expect(on.orchestrator.last(cancelRun)?.data).toEqual({ runId: RUN, sessionId: SESSION, reason: 'enough' });
  });

  it('lets an agent read its own session and no other', async () => {
    on.orchestrator.answer(getSession, ({ sessionId }: { sessionId: string }) => ok(sessionView(sessionId)));
    const read = (sessionId: string) => on.ask(pathOf(httpApi.getSession, { sessionId }), { headers: asAgent() });
    expect((await read(SESSION)).status).toBe(200);
    expect(await read(idNumber('session', 9))).toMatchObject({ status: 404, body: { code: 'SESSION_NOT_FOUND' } });
  });

  it('claims for the session of the agent, without a body too', async () => {
    on.orchestrator.answer(claimCompletion, () => ok(runView({ state: 'done', claimed: true, verified: true })));
    const { status } = await on.ask(pathOf(httpApi.claimCompletion, { runId: RUN }), {
      method: 'POST',
      headers: asAgent(),
    });
    expect(status).toBe(200);
    expect(on.orchestrator.last(claimCompletion)?.data).toEqual({ runId: RUN, sessionId: SESSION, note: '' });
  });

  describe('steps', () => {
    const body = { capability: 'network.http-fetch', input: { url: 'https://example.com/' } };
    const step = (over: Partial<StepOutcome>, headers: Record<string, string> = {}, extra: object = {}) => {
      on.orchestrator.answer(executeStep, ({ stepId }: { stepId: string }) => ok(stepOutcome({ stepId, ...over })));
      return on.ask<StepOutcome & Problem>(STEPS, {
        method: 'POST',
        headers: { ...asAgent(), ...headers },
        body: { ...body, ...extra },
      });
    };

    it.each([
      ['succeeded', 200],
      ['failed', 200],
      ['unknown', 200],
      ['held', 202],
      ['started', 202],
    ] as const)('answers a step that is %s with %i, its outcome and its position', async (state, status) => {
      const answer = await step({ state });
      expect(answer).toMatchObject({ status, body: { state, budget: BUDGET, position: 11 } });
      expect(answer.headers['causeway-position']).toBe('11');
    });

    it('answers a denied step with the problem of its rejection, which carries step, position and budget', async () => {
      const rejection = {
        code: 'POLICY_DENIED' as const,
        detail: 'not that host',
        rule: 'only-example',
        allowed: ['GET'],
      };
      const answer = await step({ state: 'denied', rejection });
      expect(answer.status).toBe(403);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.body).toMatchObject({
        ...{ code: 'POLICY_DENIED', rule: 'only-example', allowed: ['GET'], retryable: false, instance: STEPS },
        facts: { position: 11, budget: BUDGET },
      });
      expect(answer.headers['causeway-position']).toBe('11');
    });

    it('takes the step id of the body, else one from the idempotency key, else a new one', async () => {
      const key = { 'idempotency-key': 'step-1' };
      const named = await step({}, key, { stepId: 'mine' });
      const [one, two] = [await step({}, key), await step({}, key)];
      const [free, other] = [await step({}), await step({})];
      expect(named.body.stepId).toBe('mine');
      expect(one.body.stepId).toMatch(/^k-[0-9a-f]{32}$/);
      expect(two.body.stepId).toBe(one.body.stepId);
      expect(other.body.stepId).not.toBe(free.body.stepId);
    });

    it('sends a step that is not answered again, under the same ids', async () => {
      const seen: string[] = [];
      const { promise: again, resolve: sentAgain } = Promise.withResolvers<void>();
      on.orchestrator.answer(executeStep, async ({ stepId }: { stepId: string }, { id }) => {
        seen.push(`${stepId} ${id}`);
        if (seen.length === 2) sentAgain();
        await again;
        return ok(stepOutcome({ stepId }));
      });
      const answer = await on.ask(STEPS, { method: 'POST', headers: asAgent(), body: { ...body, stepId: 'slow' } });
      expect(answer.status).toBe(200);
      expect(new Set(seen)).toEqual(new Set([`slow ${String(answer.headers['x-request-id'])}`]));
      expect(seen.length).toBe(2);
    });

    it('reads a step with any outcome as it is', async () => {
      on.orchestrator.answer(getStep, () => ok(stepOutcome({ state: 'denied' })));
      const path = `${pathOf(httpApi.getStep, { runId: RUN, stepId: 'one' })}?waitMs=50`;
      expect(await on.ask(path, { headers: asAgent() })).toMatchObject({ status: 200, body: { state: 'denied' } });
      expect(on.orchestrator.last(getStep)?.data).toEqual({
        runId: RUN,
        stepId: 'one',
        waitMs: 50,
        sessionId: SESSION,
      });
    });

    it('lists steps page by page', async () => {
      on.orchestrator.answer(listSteps, () => ok({ steps: [], next: 'two' }));
      const answer = await on.ask(`${pathOf(httpApi.listSteps, { runId: RUN })}?limit=2&after=one`, {
        headers: asOperator(),
      });
      expect(answer).toMatchObject({ status: 200, body: { steps: [], next: 'two' } });
      expect(on.orchestrator.last(listSteps)?.data).toEqual({ runId: RUN, limit: 2, after: 'one', results: false });
    });
  });
});
