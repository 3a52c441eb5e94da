import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  denyApproval,
  executeStep,
  formatId,
  getStep,
  grantApproval,
  listApprovals,
  listGrants,
  openSession,
  readAll,
  startRun,
  type ApprovalView,
  type MessageContract,
  type ReplyOf,
} from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import {
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { askingPack } from './asking-pack.ts';
import { destination, type Destination } from './destination.ts';
import { basic, viaProxy, type Reply } from './proxied.ts';

const HOST = 'site.internal';
const TOKEN = `cwa_${randomBytes(32).toString('base64url')}`;
const CASE_MS = 90_000;
const POLL_MS = 20;

describe('a destination that a person has to agree to', () => {
  let infrastructure: TestInfrastructure;
  let folder: string;
  const processes: ServiceProcess[] = [];
  let site: Destination;
  let gateway: Bus;
  let port: number;
  let runId: string;
  let sessionId: string;

  type By = 'olga' | 'ann' | 'worker';
  const ask = async <C extends MessageContract>(
    contract: C,
    data: C['data']['_zod']['input'],
    by: By = 'olga',
  ): Promise<ReplyOf<C>> => {
    const actor = { kind: by === 'worker' ? ('agent' as const) : ('operator' as const), id: by };
    const meta = { id: randomBytes(8).toString('hex'), actor };
    const reply = await gateway.request(contract, data, meta, { timeoutMs: 20_000 });
    if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
    return reply.value;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-granted-'));
    site = await destination((_, response) => response.end('a page'));
    infrastructure = await testInfrastructure();
    const pack = join(folder, 'pack');
    mkdirSync(pack);
    for (const [name, text] of Object.entries(askingPack(HOST, site.port))) writeFileSync(join(pack, name), text);
    const database = await infrastructure.database();
    const told = { CAUSEWAY_POLICY_DIR: pack, CAUSEWAY_PROFILE: 'dev' };
    const start = async (
      service: 'audit-ledger' | 'run-orchestrator' | 'egress-proxy',
      more: Record<string, string>,
    ) => {
      const one = await startServiceProcess(service, { ...infrastructure.environment(service, database), ...more });
      processes.push(one);
      return one;
    };
    await start('audit-ledger', { CAUSEWAY_LEDGER_ORIGIN: 'ledger.test/granted' });
    await start('run-orchestrator', told);
    const egress = await start('egress-proxy', { ...told, CAUSEWAY_PROXY_PORT: '0' });
    await egress.ready();
    port = Number(/"proxyPort":(\d+)/.exec(egress.output())?.[1]);
    gateway = await infrastructure.connect('gateway');
  }, 180_000);

  /** Standing grants are an agent's: each case has an agent's run of its own. */
  beforeEach(async () => {
    [sessionId, runId] = [formatId('session', randomBytes(16)), formatId('run', randomBytes(16))];
    const tokenSha256 = createHash('sha256').update(TOKEN).digest('hex');
    await ask(openSession, { sessionId, agentId: 'worker', tokenSha256 });
    await ask(startRun, { runId, sessionId, goal: 'look around', predicate: { kind: 'manual' } });
  });

  afterAll(async () => {
    await Promise.all([...processes].reverse().map((one) => one.kill()));
    await site?.close();
    await infrastructure?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const url = (path: string): string => `http://${HOST}:${site.port}${path}`;
  const forward = (path: string): Promise<Reply> =>
    viaProxy(port, url(path), { headers: { 'proxy-authorization': basic(runId, TOKEN) } });

  /** What the run asks a person now, for this request; throws when that is answered without a person. */
  async function asked(answer?: Promise<Reply>): Promise<ApprovalView> {
    let early: Reply | undefined;
    void answer?.then((reply) => (early = reply));
    for (;;) {
      const { approvals } = await ask(listApprovals, { state: 'pending' });
      const one = approvals.find(({ content }) => content.runId === runId);
      if (one) return one;
      if (early) throw new Error(`nobody was asked: ${JSON.stringify(early)}`);
      await sleep(POLL_MS);
    }
  }

  type Standing = { readonly uses: number; readonly until: string };
  async function agree(standing: Standing, answer?: Promise<Reply>): Promise<ApprovalView> {
    const { approvalId, digest, content } = await asked(answer);
    const { statement } = content;
    const said = { digest, reason: 'a good place', statement, standing: { ...standing, match: ['url.origin'] } };
    return ask(grantApproval, { approvalId, ...said }, 'ann');
  }
  const refuse = async (answer?: Promise<Reply>) =>
    ask(denyApproval, { approvalId: (await asked(answer)).approvalId, reason: 'not there' }, 'ann');

  const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();
  const count = async (type: string): Promise<number> =>
    (await ask(readAll, { fromPosition: 0, limit: 1_000, types: [type], scope: runId })).events.length;
  async function untilGrantIs(grantId: string | undefined, state: string): Promise<void> {
    for (;;) {
      const { grants } = await ask(listGrants, {});
      if (grants.find(({ terms }) => terms.grantId === grantId)?.state === state) return;
      await sleep(POLL_MS);
    }
  }

  it(
    'is refused at the forward proxy, then asked for, granted for that request and as many more as was said, and refused again',
    async () => {
      const before = site.seen.length;
      const first = forward('/first');
      await refuse(first);
      expect(await first).toMatchObject({ status: 403, code: 'APPROVAL_DENIED' });
      const second = forward('/second');
      const { grantId } = await agree({ uses: 2, until: inAnHour() }, second);
      expect(await second).toMatchObject({ status: 200, body: 'a page' });
      for (const path of ['/third', '/fourth'])
        expect(await forward(path)).toMatchObject({ status: 200, body: 'a page' });
      await untilGrantIs(grantId, 'used-up');
      const last = forward('/fifth');
      await refuse(last);
      expect(await last).toMatchObject({ status: 403, code: 'APPROVAL_DENIED' });
      expect(site.seen.slice(before).map(({ target }) => target)).toEqual(['/second', '/third', '/fourth']);
      expect([await count('approval.requested'), await count('approval.consumed')]).toEqual([3, 1]);
    },
    CASE_MS,
  );

  it(
    'is asked for again at the forward proxy once the time of the grant is over',
    async () => {
      const first = forward('/in-time');
      const { grantId } = await agree({ uses: 100, until: new Date(Date.now() + 2_000).toISOString() }, first);
      expect(await first).toMatchObject({ status: 200 });
      await untilGrantIs(grantId, 'expired');
      const late = forward('/too-late');
      await refuse(late);
      expect(await late).toMatchObject({ status: 403, code: 'APPROVAL_DENIED' });
      expect(site.seen.some(({ target }) => target === '/too-late')).toBe(false);
    },
    CASE_MS,
  );

  it(
    'is granted to fetch steps likewise: the one that was asked for, one more, and no third',
    async () => {
      const fetchStep = (stepId: string) =>
        ask(
          executeStep,
          { runId, sessionId, stepId, capability: 'network.http-fetch', input: { url: url(`/${stepId}`) } },
          'worker',
        );
      expect(await fetchStep('one')).toMatchObject({ state: 'held' });
      const { grantId } = await agree({ uses: 1, until: inAnHour() });
      const { state } = await ask(getStep, { runId, stepId: 'one', waitMs: 20_000 });
      expect(state).toBe('succeeded');
      expect(await fetchStep('two')).toMatchObject({ state: 'succeeded' });
      await untilGrantIs(grantId, 'used-up');
      expect(await fetchStep('three')).toMatchObject({ state: 'held' });
      await refuse();
      expect(site.seen.some(({ target }) => target === '/three')).toBe(false);
    },
    CASE_MS,
  );
});
