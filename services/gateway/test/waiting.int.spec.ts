import {
  acknowledgeStep,
  grantApproval,
  httpApi,
  listGrants,
  listWaiting,
  pathOf,
  returnApproval,
  revokeGrant,
  type GrantView,
  type RouteContract,
  type StepView,
} from '@causeway/contracts';
import { ok } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { APPROVAL, approvalView, AT, DIGEST, idNumber, POLICY, RUN, SESSION } from './samples.ts';
import { sessionOpened } from './told-ledger.features.ts';

const GRANT = idNumber('grant', 1);
const grant: GrantView = {
  ...{ grantId: GRANT, state: 'live', matched: { url: 'u' }, used: 0, issuedBy: 'ann', issuedAt: AT },
  terms: {
    ...{ grantId: GRANT, approvalId: APPROVAL, agentId: 'reader', capability: 'network.http-fetch' },
    ...{ capabilityDigest: DIGEST, policy: POLICY, rule: 'r', risk: 'medium', match: ['url'], matchDigest: DIGEST },
    ...{ uses: 3, until: AT },
  },
};
const step: StepView = {
  ...{ runId: RUN, stepId: 'one', capability: 'network.http-fetch', state: 'unknown', attempt: 1 },
  ...{ finding: 'happened', requestedAt: AT, position: 4 },
};

describe('the gateway, what waits and what was allowed beforehand', () => {
  let on: GatewayUnderTest;
  const token = newToken();

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
    on.orchestrator.answer(listWaiting, () => ok({ waiting: [], total: 0 }));
    on.orchestrator.answer(listGrants, () => ok({ grants: [grant] }));
    on.orchestrator.answer(revokeGrant, () => ok({ ...grant, state: 'revoked' }));
    on.orchestrator.answer(acknowledgeStep, () => ok(step));
    on.orchestrator.answer(returnApproval, () => ok(approvalView({ state: 'returned' })));
    on.orchestrator.answer(grantApproval, () => ok(approvalView({ state: 'granted' })));
  });
  afterAll(() => on.stop());

  const PARAMS = { approvalId: APPROVAL, grantId: GRANT, runId: RUN, stepId: 'one' };
  const ask = (route: Pick<RouteContract, 'path' | 'method'>, credential: string, body?: object) =>
    on.ask(pathOf(route, PARAMS), { method: route.method, headers: bearer(credential), ...(body ? { body } : {}) });
  const statusOf = async (...asked: Parameters<typeof ask>): Promise<number> => (await ask(...asked)).status;

  it.each<[keyof typeof httpApi, object | undefined, readonly string[]]>([
    ['listWaiting', undefined, ['viewer', 'operator', 'approver', 'admin']],
    ['listGrants', undefined, ['viewer', 'operator', 'approver', 'admin']],
    ['revokeGrant', { reason: 'enough' }, ['operator', 'approver', 'admin']],
    ['acknowledgeStep', { finding: 'happened', note: 'asked' }, ['operator', 'admin']],
    ['returnApproval', { feedback: 'shorter' }, ['approver', 'admin']],
  ])('%s is for some roles of people, and never for an agent', async (operation, body, roles) => {
    for (const [role, key] of Object.entries(on.keys))
      expect([role, await statusOf(httpApi[operation], key, body)]).toEqual([role, roles.includes(role) ? 200 : 403]);
    expect(await statusOf(httpApi[operation], token, body)).toBe(403);
  });

  it('passes on what was said, and who said it comes from the credential', async () => {
    const suggestedInput = { url: 'u' };
    await ask(httpApi.returnApproval, on.keys.approver, { feedback: 'shorter', suggestedInput });
    expect(on.orchestrator.last(returnApproval)).toMatchObject({
      data: { approvalId: APPROVAL, feedback: 'shorter', suggestedInput },
      meta: { actor: { kind: 'operator', id: 'approver-1' } },
    });
    const standing = { uses: 3, until: '2026-01-02T00:00:00.000Z', match: ['url'] };
    await ask(httpApi.grantApproval, on.keys.approver, { digest: DIGEST, reason: 'r', statement: 's', standing });
    expect(on.orchestrator.last(grantApproval)?.data).toEqual({
      ...{ approvalId: APPROVAL, digest: DIGEST, reason: 'r', statement: 's', standing },
    });
    await ask(httpApi.acknowledgeStep, on.keys.operator, { finding: 'did-not-happen', note: 'asked' });
    expect(on.orchestrator.last(acknowledgeStep)?.data).toEqual({
      ...{ runId: RUN, stepId: 'one', finding: 'did-not-happen', note: 'asked' },
    });
    for (const body of [{ finding: 'maybe', note: 'x' }, { finding: 'happened' }])
      expect(await statusOf(httpApi.acknowledgeStep, on.keys.operator, body)).toBe(400);
  });
});
