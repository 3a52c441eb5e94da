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
  startRun,
  type ApprovalView,
  type MessageContract,
  type ReplyOf,
} from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import {
  startServiceProcess,
  testInfrastructure,
  until,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { askingPack } from './asking-pack.ts';
import { destination, type Destination } from './destination.ts';

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
    await start('egress-proxy', told);
    gateway = await infrastructure.connect('gateway');
  }, 180_000);

  /** Standing grants are an agent's: each case has an agent's run of its own. */
  beforeEach(async () => {
    [sessionId, runId] = [formatId('session', randomBytes(16)), formatId('run', randomBytes(16))];
    const tokenSha256 = createHash('sha256').update(TOKEN).digest('hex');
    await ask(openSession, { sessionId, agentId: 'worker', tokenSha256 });
    await ask(startRun, { runId, sessionId, goal: 'look around', predicate: { kind: 'manual' } });
    await until('steps can name what they need', async () => {
      return !(await isUnknown('network.http-fetch'));
    });
  });

  /** What a provider can do is known a moment after it has started. A step without input is refused in any case. */
  async function isUnknown(capability: string): Promise<boolean> {
    const data = { runId, sessionId, stepId: `without-input-${capability}`, capability, input: {} };
    const meta = { id: randomBytes(8).toString('hex'), actor: { kind: 'agent' as const, id: 'worker' } };
    const reply = await gateway.request(executeStep, data, meta, { timeoutMs: 20_000 });
    return !reply.ok && reply.rejection.code === 'CAPABILITY_UNKNOWN';
  }

  afterAll(async () => {
    await Promise.all([...processes].reverse().map((one) => one.kill()));
    await site?.close();
    await infrastructure?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const url = (path: string): string => `http://${HOST}:${site.port}${path}`;
  /** What the run asks a person now. */
  async function asked(): Promise<ApprovalView> {
    for (;;) {
      const { approvals } = await ask(listApprovals, { state: 'pending' });
      const one = approvals.find(({ content }) => content.runId === runId);
      if (one) return one;
      await sleep(POLL_MS);
    }
  }

  type Standing = { readonly uses: number; readonly until: string };
  async function agree(standing: Standing): Promise<ApprovalView> {
    const { approvalId, digest, content } = await asked();
    const { statement } = content;
    const said = { digest, reason: 'a good place', statement, standing: { ...standing, match: ['url.origin'] } };
    const agreed = await ask(grantApproval, { approvalId, ...said }, 'ann');
    await untilGrantIs(agreed.grantId);
    return agreed;
  }
  const refuse = async () => ask(denyApproval, { approvalId: (await asked()).approvalId, reason: 'not there' }, 'ann');

  const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();
  /** Whoever asks before a grant is in the views asks a person. Left out, its state is of no interest. */
  async function untilGrantIs(grantId: string | undefined, wanted?: string): Promise<void> {
    for (;;) {
      const { grants } = await ask(listGrants, {});
      const state = grants.find(({ terms }) => terms.grantId === grantId)?.state;
      if (state !== undefined && (wanted === undefined || state === wanted)) return;
      await sleep(POLL_MS);
    }
  }

  it(
    'is granted to fetch steps: the one that was asked for, one more, and no third',
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
