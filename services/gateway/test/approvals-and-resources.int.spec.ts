import {
  announcementOf,
  CapabilityList,
  denyApproval,
  executeStep,
  findResources,
  getApproval,
  grantApproval,
  httpApi,
  httpFetch,
  listApprovals,
  listCapabilities,
  pathOf,
  readResource,
  type ResourcePage,
  startRun,
  type CapabilityContract,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import type { z } from 'zod';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { APPROVAL, approvalView, AT, DIGEST, idNumber, RUN, SESSION } from './samples.ts';
import { sessionOpened } from './told-ledger.features.ts';

const RESOURCE = idNumber('resource', 1);
const page: ResourcePage = {
  resource: {
    ...{ resourceId: RESOURCE, runId: RUN, sessionId: SESSION, stepId: 'one', sha256: DIGEST, sizeBytes: 4 },
    ...{ mediaType: 'text/plain', label: 'untrusted', provenance: { source: 'text', ref: 'note' }, ingestedAt: AT },
  },
  offset: 0,
  text: 'text',
  frame: { begin: '<<', end: '>>', notice: 'data' },
};

describe('the gateway, approvals and resources', () => {
  let on: GatewayUnderTest;
  const token = newToken();

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
  });
  afterAll(() => on.stop());

  const decide = (
    route: typeof httpApi.grantApproval | typeof httpApi.denyApproval,
    credential: string,
    body: object,
  ) => on.ask(pathOf(route, { approvalId: APPROVAL }), { method: 'POST', headers: bearer(credential), body });

  it('takes the approver from the credential', async () => {
    on.orchestrator.answer(grantApproval, () => ok(approvalView({ state: 'granted', decidedBy: 'approver-1' })));
    const granted = await decide(httpApi.grantApproval, on.keys.approver, { digest: DIGEST, reason: 'seen' });
    expect(granted).toMatchObject({ status: 200, body: { state: 'granted' } });
    expect(on.orchestrator.last(grantApproval)).toMatchObject({
      data: { approvalId: APPROVAL, digest: DIGEST, reason: 'seen' },
      meta: { actor: { kind: 'operator', id: 'approver-1' } },
    });
  });

  it('lets no agent decide', async () => {
    const asked = on.orchestrator.received.length;
    const answer = await decide(httpApi.denyApproval, token, { reason: 'no' });
    expect(answer).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
    expect(on.orchestrator.received.length).toBe(asked);
  });

  it('passes on that another digest grants nothing', async () => {
    on.orchestrator.answer(grantApproval, () => rejected('APPROVAL_DIGEST_MISMATCH', 'the content is another'));
    const refused = await decide(httpApi.grantApproval, on.keys.admin, { digest: DIGEST, reason: 'seen' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'APPROVAL_DIGEST_MISMATCH', retryable: false } });
  });

  it('denies, reads and lists', async () => {
    on.orchestrator.answer(denyApproval, () => ok(approvalView({ state: 'denied' })));
    on.orchestrator.answer(getApproval, () => ok(approvalView()));
    on.orchestrator.answer(listApprovals, () => ok({ approvals: [approvalView()] }));
    const asViewer = { headers: bearer(on.keys.viewer) };
    const answers = [
      await decide(httpApi.denyApproval, on.keys.approver, { reason: 'no' }),
      await on.ask(`${pathOf(httpApi.getApproval, { approvalId: APPROVAL })}?minPosition=3`, asViewer),
      await on.ask(`${pathOf(httpApi.listApprovals)}?state=pending&limit=10`, asViewer),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(on.orchestrator.last(getApproval)?.data).toEqual({ approvalId: APPROVAL, minPosition: 3 });
    expect(on.orchestrator.last(listApprovals)?.data).toEqual({ state: 'pending', order: 'age', limit: 10 });
  });

  it('shows an agent the resources of its own session, and people all of them', async () => {
    on.resources.answer(findResources, () => ok({ resources: [page.resource] }));
    on.resources.answer(readResource, () => ok(page));
    const list = `${pathOf(httpApi.listResources)}?runId=${RUN}`;
    const read = `${pathOf(httpApi.readResource, { resourceId: RESOURCE })}?offset=0&limit=100`;
    await on.ask(list, { headers: bearer(token) });
    expect(on.resources.last(findResources)?.data).toEqual({ runId: RUN, limit: 50, sessionId: SESSION });
    await on.ask(list, { headers: bearer(on.keys.operator) });
    expect(on.resources.last(findResources)?.data).toEqual({ runId: RUN, limit: 50 });
    expect(await on.ask(read, { headers: bearer(token) })).toMatchObject({ status: 200, body: page });
    expect(on.resources.last(readResource)?.data).toEqual({
      ...{ resourceId: RESOURCE, offset: 0, limit: 100, sessionId: SESSION },
    });
  });

  it('lists what a step can name, and what changed since a version', async () => {
    const { owner, effects, effectRules } = httpFetch;
    const described = { ...announcementOf(httpFetch as CapabilityContract), owner };
    const view = { ...described, effects: [...effects], effectRules, digest: DIGEST, since: 3 };
    const changes = { version: 9, since: 3, added: [view], changed: [], removed: ['x.echo'], more: false };
    on.orchestrator.answer(listCapabilities, ({ since }: { since?: number }) =>
      ok(since === undefined ? { version: 9, capabilities: [view] } : changes),
    );
    const asAgent = { headers: bearer(token) };
    const all = await on.ask<z.infer<typeof CapabilityList>>(pathOf(httpApi.listCapabilities), asAgent);
    expect(CapabilityList.parse(all.body).capabilities).toMatchObject([{ effects: ['reads', 'writes'] }]);
    const news = await on.ask(`${pathOf(httpApi.listCapabilities)}?since=3`, asAgent);
    expect(news).toMatchObject({ status: 200, body: { added: [{ id: 'network.http-fetch' }], removed: ['x.echo'] } });
    expect(on.orchestrator.last(listCapabilities)?.data).toEqual({ since: 3, limit: 50 });
  });

  it('answers 503 with Retry-After when an owner cannot be reached', async () => {
    on.orchestrator.answer(startRun, () => rejected('LEDGER_UNAVAILABLE', 'the ledger does not answer'));
    const body = { sessionId: SESSION, goal: 'g', predicate: { kind: 'never' } };
    const answer = await on.ask(pathOf(httpApi.startRun), { method: 'POST', headers: bearer(on.keys.operator), body });
    expect(answer).toMatchObject({ status: 503, body: { code: 'LEDGER_UNAVAILABLE', retryable: true } });
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('answers a fault of an owner as INTERNAL', async () => {
    on.orchestrator.answer(executeStep, () => {
      throw new Error('secret detail');
    });
    const path = pathOf(httpApi.executeStep, { runId: RUN });
    const body = { capability: 'network.http-fetch', input: {} };
    const answer = await on.ask(path, { method: 'POST', headers: bearer(token), body });
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
    expect(JSON.stringify(answer.body)).not.toContain('secret detail');
  });
});
