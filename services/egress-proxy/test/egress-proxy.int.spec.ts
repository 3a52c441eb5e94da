import { fetchForStep, httpFetch, type ReplyEnvelope, type RequestMeta, type StepGrant } from '@causeway/contracts';
import { ledgerClient, type Bus } from '@causeway/messaging';
import { createPolicy, loadPack, type Policy } from '@causeway/policy';
import { repositoryRoot } from '@causeway/provisioning';
import {
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { join } from 'node:path';
import type { FetchReply } from '../src/fetch/fact.ts';
import { callOf, digestOf } from './calls.ts';
import { destination, type Destination } from './destination.ts';

const policyDir = join(repositoryRoot, 'deploy', 'policy', 'default');

describe('egress-proxy on the bus, with the pack that ships', () => {
  let infrastructure: TestInfrastructure;
  let ledgerProcess: ServiceProcess;
  let proxies: ServiceProcess[];
  let orchestrator: Bus;
  let store: Bus;
  let proxyUser: Bus;
  let site: Destination;
  let policy: Policy;

  beforeAll(async () => {
    infrastructure = await testInfrastructure();
    site = await destination((request, response) => {
      if (request.target === '/pages/away')
        response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' });
      response.end(`${request.method} ${request.target}`);
    });
    const content = { CAUSEWAY_DEMO_CONTENT_PORT: String(site.port) };
    policy = createPolicy(await loadPack(policyDir, content));
    const database = await infrastructure.database();
    const ledgerEnv = {
      ...infrastructure.environment('audit-ledger', database),
      CAUSEWAY_LEDGER_ORIGIN: 'ledger.test/egress',
    };
    ledgerProcess = await startServiceProcess('audit-ledger', ledgerEnv);
    const told = {
      ...infrastructure.environment('egress-proxy'),
      ...content,
      CAUSEWAY_POLICY_DIR: policyDir,
      CAUSEWAY_PROFILE: 'dev',
    };
    proxies = await Promise.all(
      ['egress-proxy-1', 'egress-proxy-2'].map((instance) =>
        startServiceProcess('egress-proxy', { ...told, CAUSEWAY_INSTANCE: instance }),
      ),
    );
    orchestrator = await infrastructure.connect('run-orchestrator');
    store = await infrastructure.connect('resource-store');
    proxyUser = await infrastructure.connect('egress-proxy');
  }, 120_000);

  afterAll(async () => {
    await Promise.all([...(proxies ?? []), ledgerProcess].map((process) => process?.kill()));
    await site?.close();
    await infrastructure?.stop();
  }, 60_000);

  const urlOf = (path: string): string => `http://content.demo.internal:${site.port}${path}`;
  const metaOf = ({ callId, agentId }: StepGrant): RequestMeta => ({
    id: callId,
    actor: { kind: 'agent', id: agentId },
  });
  const grantFor = (request: { url: string; method?: string; body?: string }, grant: Partial<StepGrant> = {}) =>
    callOf(policy, request, grant);

  function ask(request: { url: string; method?: string; body?: string }, grant: Partial<StepGrant> = {}) {
    const call = grantFor(request, grant);
    const input = call.request as (typeof httpFetch.input)['_zod']['input'];
    const send = (): Promise<ReplyEnvelope<FetchReply>> =>
      orchestrator.request(httpFetch.call, { grant: call.grant, input }, metaOf(call.grant), { timeoutMs: 12_000 });
    return { call, send };
  }

  it('fetches a page, and its fact is in the ledger at the position it tells', async () => {
    const { call, send } = ask({ url: urlOf('/pages/one?secret=1') });
    const reply = await send();
    expect(reply).toMatchObject({ ok: true, value: { result: { status: 200, body: 'GET /pages/one?secret=1' } } });
    const [fact] = await ledgerClient({ bus: proxyUser, writer: 'egress-proxy' }).readStream(call.grant.callId, 1);
    expect(fact).toMatchObject({
      type: 'egress.completed',
      scope: call.grant.runId,
      data: { rule: 'demo-read-pages', queryKeys: ['secret'] },
    });
    expect(fact?.position).toBe(reply.ok ? reply.value.factPosition : undefined);
  });

  it('sends an approved POST once, whichever replica is asked again', async () => {
    const { send } = ask({ url: urlOf('/publish'), method: 'POST', body: 'summary' }, { rule: 'demo-publish-summary' });
    const before = site.seen.length;
    const first = await send();
    expect(first).toMatchObject({ ok: true });
    for (let n = 0; n < 6; n++)
      expect(await send()).toMatchObject({ ok: true, value: { result: { status: 200, sizeBytes: 13 } } });
    expect(site.seen.slice(before).map(({ method, body }) => `${method} ${body}`)).toEqual(['POST summary']);
  });

  it('refuses a POST that was not approved, and records the refusal', async () => {
    const before = site.seen.length;
    const { send } = ask({ url: urlOf('/publish'), method: 'POST', body: 'x' }, { rule: 'demo-read-pages' });
    expect(await send()).toMatchObject({
      ok: false,
      rejection: {
        code: 'POLICY_DENIED',
        rule: 'demo-publish-summary',
        policy: policy.ref,
        facts: { factPosition: expect.any(Number) as number },
      },
    });
    expect(site.seen).toHaveLength(before);
  });

  it('refuses a redirect to where clouds keep credentials', async () => {
    expect(await ask({ url: urlOf('/pages/away') }).send()).toMatchObject({
      ok: false,
      rejection: { code: 'POLICY_DENIED' },
    });
  });

  it('fetches for resource-store under the grant of an ingest, and for nothing else', async () => {
    const url = urlOf('/pages/kept');
    const { grant } = grantFor({ url }, { inputDigest: digestOf({ source: 'url', url }), rule: 'ingest-url' });
    const asIngest = await store.request(fetchForStep, { grant, url }, metaOf(grant));
    expect(asIngest).toMatchObject({ ok: true, value: { result: { body: 'GET /pages/kept' } } });
    const other = grantFor({ url }).grant;
    expect(await store.request(fetchForStep, { grant: other, url }, metaOf(other))).toMatchObject({
      ok: false,
      rejection: { code: 'GRANT_MISMATCH' },
    });
  });

  it('sends nothing while the ledger is gone', async () => {
    const before = site.seen.length;
    await ledgerProcess.kill('SIGKILL');
    expect(await ask({ url: urlOf('/pages/two') }).send()).toMatchObject({
      ok: false,
      rejection: { code: 'EGRESS_LEDGER_UNREACHABLE' },
    });
    expect(site.seen).toHaveLength(before);
  });
});
