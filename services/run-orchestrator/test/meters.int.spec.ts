import { randomUUID } from 'node:crypto';
import { CHARGED_METERS, type ChargedMeter } from '@causeway/contracts';
import { ledgerClient } from '@causeway/messaging';
import type { Policy } from '@causeway/policy';
import {
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { budgetedHandlers } from '../src/budgets/budgeted-handlers.ts';
import { createHandlers, type Handlers } from '../src/handlers.ts';
import { stepOf, type Run } from '../src/runs/domain/run.ts';
import { onlyPolicy } from './only-policy.features.ts';
import * as example from './run.features.ts';
import { newId } from './system.features.ts';

const CALLERS = 1_000;
const ADMITTED = 100;
/** Thousands of appends, on a machine that may do other work beside. */
const PATIENCE_MS = 300_000;
const META = { actor: { kind: 'agent', id: 'researcher' } } as const;

let infra: TestInfrastructure;
let ledger: ServiceProcess;
let replicas: readonly Handlers[];
beforeAll(async () => {
  infra = await testInfrastructure();
  ledger = await startServiceProcess('audit-ledger', infra.environment('audit-ledger', await infra.database()));
  const edge = { now: () => new Date().toISOString(), newUuid: randomUUID, nonce: () => 'n' };
  const policy = { pack: { pools: {}, approvals: { expiresAfterMs: 1_000 } }, ref: example.POLICY } as Policy;
  const parts = { policies: onlyPolicy(policy), edge, capabilityDigest: () => example.DIGEST };
  replicas = await Promise.all(
    [1, 2, 3].map(async (replica) => {
      const port = ledgerClient({ bus: await infra.connect('run-orchestrator'), writer: 'run-orchestrator' });
      return budgetedHandlers(createHandlers(port, edge), { ...parts, executor: `orchestrator-${replica}` });
    }),
  );
});
afterAll(async () => {
  await ledger.kill();
  await infra.stop();
});

const runsOf = (replica: number): Handlers['runs'] => replicas[replica % replicas.length]!.runs;

async function started(limits: object, at = new Date().toISOString()): Promise<string> {
  const runId = newId('run');
  const budget = { steps: 100_000, wallClockMs: 3_600_000, ...limits };
  await runsOf(0).handle(runId, { ...example.start({ runId, budget }), at }, META);
  return runId;
}

type Asked = { readonly reserves?: object; readonly at?: string };

/** Asks for a step through one of the replicas. */
function ask(runId: string, index: number, { reserves = {}, at = new Date().toISOString() }: Asked) {
  const asked = example.request(`s${index}`, { reserves, attempt: example.attempt({ callId: newId('call') }) });
  return runsOf(index).handle(runId, { ...asked, at }, META);
}

/** Whether the step that was asked for started. */
async function request(runId: string, index: number, reserves: object): Promise<boolean> {
  const handled = await ask(runId, index, { reserves });
  return handled.accepted && handled.events.at(-1)?.type === 'step.started';
}

const budgetOf = (run: Run) => {
  if (run.kind === 'none') throw new Error('the run was started');
  return run.budget;
};

describe('one meter of a run, with three replicas', () => {
  it.each(CHARGED_METERS)(
    'admits exactly what %s has room for of 1,000 requests at once, settles exactly, and refuses nothing falsely afterwards',
    async (meter: ChargedMeter) => {
      const size = meter === 'steps' ? 1 : 7;
      const reserves = meter === 'steps' ? {} : { [meter]: size };
      const runId = await started({ [meter]: ADMITTED * size });
      const isStarted = await Promise.all(
        Array.from({ length: CALLERS }, (_, index) => request(runId, index, reserves)),
      );
      expect(isStarted.filter(Boolean)).toHaveLength(ADMITTED);
      expect(budgetOf(await runsOf(1).load(runId)).reserved[meter]).toBe(ADMITTED * size);

      const used = meter === 'steps' ? 1 : 6;
      const usage = { bytesIn: 0, bytesOut: 0, durationMs: 1, ...(meter === 'steps' ? {} : { [meter]: used }) };
      const fate = { state: 'succeeded' as const, result: { untrusted: false }, usage };
      await Promise.all(
        isStarted.map(
          async (one, index) => one && runsOf(index + 1).handle(runId, example.fate(`s${index}`, fate), META),
        ),
      );
      const settled = budgetOf(await runsOf(2).load(runId));
      expect([settled.used[meter], settled.reserved]).toEqual([ADMITTED * used, {}]);

      const room = Math.floor((ADMITTED * (size - used)) / size);
      for (let index = 0; index < room; index++) expect(await request(runId, CALLERS + index, reserves)).toBe(true);
    },
    PATIENCE_MS,
  );

  it(
    'repeats a step no more often than the budget says, whoever tries',
    async () => {
      const runId = await started({ retriesPerStep: 5 });
      await request(runId, 0, {});
      const all = Array.from({ length: CALLERS }, (_, index) => {
        const again = { ...example.tryAgain('s0', 1 + (index % 8)), at: new Date().toISOString() };
        return runsOf(index).handle(runId, again as Parameters<Handlers['runs']['handle']>[1], META);
      });
      await Promise.all(all);
      for (let after = 1; after <= 8; after++) {
        await runsOf(after).handle(runId, example.tryAgain('s0', after), META);
      }
      const run = await runsOf(0).load(runId);
      expect(run.kind === 'run' && stepOf(run, 's0')?.attempt).toBe(6);
    },
    PATIENCE_MS,
  );

  it(
    'admits all of 1,000 requests in the last millisecond of the wall clock, and none of 1,000 in the next one',
    async () => {
      const wallClockMs = 60_000;
      const began = Date.now();
      const after = (ms: number): string => new Date(began + ms).toISOString();
      const runId = await started({ wallClockMs }, after(0));
      const all = (first: number, at: string) =>
        Promise.all(Array.from({ length: CALLERS }, (_, index) => ask(runId, first + index, { at })));
      const inTime = await all(0, after(wallClockMs - 1));
      const tooLate = await all(CALLERS, after(wallClockMs));
      const endsOf = (all: typeof inTime) =>
        all.map((handled) => (handled.accepted ? handled.events.at(-1) : undefined));
      expect(endsOf(inTime).filter((end) => end?.type === 'step.started')).toHaveLength(CALLERS);
      const refusals = endsOf(tooLate).map((end) => end?.type === 'step.denied' && end.data.rejection.code);
      expect(refusals).toEqual(Array(CALLERS).fill('BUDGET_WALL_CLOCK_EXHAUSTED'));
    },
    PATIENCE_MS,
  );
});
