import { CHARGED_METERS, POOL_LEVELS, type Amounts, type RunOrchestratorEvent } from '@causeway/contracts';
import { entriesOf, fold, memoryLedger, type AppendRequest, type LedgerPort } from '@causeway/eventing';
import type { Policy, PolicyPack } from '@causeway/policy';
import fc from 'fast-check';
import { onlyPolicy } from '../../test/only-policy.features.ts';
import * as example from '../../test/run.features.ts';
import { budgetedHandlers } from '../budgets/budgeted-handlers.ts';
import { createHandlers } from '../handlers.ts';
import { amountOf, minus, sum } from '../runs/domain/amounts.ts';
import { freeOf } from '../runs/domain/budget.ts';
import { runDecider } from '../runs/domain/run.decide.ts';
import { isOver, type StartedRun } from '../runs/domain/run.ts';
import { freeAbove, poolLimit, type OpenPool } from './domain/pool.ts';
import { poolDecider } from './domain/pool.decide.ts';

const META = { actor: { kind: 'system', id: 'test' } } as const;
const runIds = Array.from({ length: 4 }, (_, n) => `run_${String(n).padStart(26, '0')}`);
const sessionIds = Array.from({ length: 2 }, (_, n) => `ses_${String(n).padStart(26, '0')}`);
const sessionOf = (run: number): string => sessionIds[run % 2]!;

const amount = fc.integer({ min: 0, max: 9 });
const limits = fc.record({ steps: amount, bytesIn: fc.integer({ min: 0, max: 60 }) }, { requiredKeys: [] });
const pools = fc.record({ session: limits, agent: limits, team: limits }, { requiredKeys: [] });
const asked = fc.array(
  fc.record({
    run: fc.nat({ max: 3 }),
    replica: fc.nat({ max: 2 }),
    step: fc.integer({ min: 0, max: 40 }),
    bytesIn: fc.integer({ min: 0, max: 20 }),
    then: fc.constantFrom('succeed', 'succeed', 'use half', 'cancel', 'leave'),
  }),
  { maxLength: 25 },
);

/** A ledger whose answers come late, as the scheduler says. */
const slow = (inner: LedgerPort, scheduler: fc.Scheduler): LedgerPort => ({
  readAll: inner.readAll,
  readStream: (stream, fromVersion) => scheduler.schedule(inner.readStream(stream, fromVersion)),
  append: async (request: AppendRequest) => {
    await scheduler.schedule(Promise.resolve());
    return scheduler.schedule(inner.append(request));
  },
});

type Sealed = RunOrchestratorEvent & { readonly stream: string };
type World = ReturnType<typeof world>;

/** Three replicas over one ledger. Time goes on whenever somebody looks at the clock, so that nothing stays new for ever. */
function world(settings: PolicyPack['pools'], ledger: LedgerPort) {
  let ms = 0;
  let ids = 0;
  const edge = { now: () => example.atMs((ms += 40)), newUuid: () => `id-${ids++}`, nonce: () => 'n' };
  const policy = { pack: { pools: settings, approvals: { expiresAfterMs: 1_000 } }, ref: example.POLICY } as Policy;
  const policies = onlyPolicy(policy);
  const parts = { policies, edge, executor: 'test', capabilityDigest: () => example.DIGEST, sleep: async () => {} };
  return [0, 1, 2].map(() => budgetedHandlers(createHandlers(ledger, edge), parts));
}

type Teams = readonly (string | undefined)[];
async function prepared(
  replicas: World,
  pooled: readonly ('steps' | 'bytesIn')[],
  teams: Teams = ['blue', 'blue'],
): Promise<void> {
  for (const [index, sessionId] of sessionIds.entries()) {
    const open = {
      type: 'open' as const,
      sessionId,
      agentId: 'researcher',
      teamId: teams[index],
      tokenSha256: 'd'.repeat(64),
    };
    await replicas[0]!.sessions.handle(sessionId, { ...open, by: 'olga', at: example.atMs(0) }, META);
  }
  const budget = { steps: 100, wallClockMs: 1_000_000_000, bytesIn: 1_000 };
  for (const [index, runId] of runIds.entries()) {
    const start = example.start({ runId, sessionId: sessionOf(index), budget, pooled: [...pooled] });
    await replicas[0]!.runs.handle(runId, start, META);
  }
}

/** What one caller does: asks for a step and, once it is started, ends it. True when it was started by this or an earlier request. */
async function call(
  replicas: World,
  { run, replica, step, bytesIn, then }: { run: number; replica: number; step: number; bytesIn: number; then: string },
) {
  const { runs } = replicas[replica]!;
  const runId = runIds[run]!;
  const request = example.request(`s${step}`, { sessionId: sessionOf(run), reserves: { bytesIn } });
  const handled = await runs.handle(runId, request, META);
  if (then === 'cancel') await runs.handle(runId, example.cancel('operator'), META);
  if (handled.accepted && handled.events.at(-1)?.type === 'step.started' && then !== 'leave') {
    const reserved = handled.events.find((event) => event.type === 'budget.reserved')?.data.bytesIn ?? 0;
    const usage = { bytesIn: then === 'use half' ? reserved >> 1 : reserved, bytesOut: 0, durationMs: 1 };
    const fate = { state: 'succeeded' as const, result: { untrusted: false }, usage };
    await runs.handle(runId, example.fate(`s${step}`, fate), META);
  }
  return handled;
}

/** Meters that a level above the pool's limits. */
function limitedAbove(settings: PolicyPack['pools'], { level }: OpenPool) {
  const above = POOL_LEVELS.slice(POOL_LEVELS.indexOf(level) + 1);
  return (['steps', 'bytesIn'] as const).filter((meter) => above.some((one) => settings[one]?.[meter] !== undefined));
}

const runAfter = (events: readonly Sealed[], id: string) =>
  fold(
    runDecider,
    events.filter(({ stream }) => stream === id),
  ) as StartedRun;
const poolsIn = (events: readonly Sealed[]): readonly OpenPool[] =>
  [...new Set(events.map(({ stream }) => stream).filter((id) => id.startsWith('pool_')))].map(
    (id) =>
      fold(
        poolDecider,
        events.filter(({ stream }) => stream === id),
      ) as OpenPool,
  );

/** What holders say they hold is what their pool says. */
function expectAgreed(events: readonly Sealed[], pool: OpenPool): void {
  const holders = entriesOf(pool.holders);
  expect(sum(holders.map(([, { held }]) => held))).toEqual(pool.given);
  for (const [holder, { held }] of holders) {
    const own = holder.startsWith('run_')
      ? runAfter(events, holder).budget.allotments[pool.poolId]?.amounts
      : poolsIn(events).find(({ poolId }) => poolId === holder)?.allotments[pool.poolId]?.amounts;
    expect(own).toEqual(held);
  }
}

/** No pool gives more than its limit or than it holds above. */
function expectExact(events: readonly Sealed[], settings: PolicyPack['pools']): void {
  for (const pool of poolsIn(events)) {
    expectAgreed(events, pool);
    for (const meter of CHARGED_METERS) {
      expect(amountOf(pool.given, meter)).toBeLessThanOrEqual(poolLimit(pool, meter) ?? Infinity);
    }
    for (const meter of limitedAbove(settings, pool)) {
      expect(amountOf(freeAbove(pool), meter)).toBeGreaterThanOrEqual(0);
    }
  }
  for (const run of runIds.map((id) => runAfter(events, id))) {
    for (const left of Object.values(freeOf(run.budget))) expect(left).toBeGreaterThanOrEqual(0);
  }
}

/** What runs have used or promised of a meter, in all runs of those sessions. */
const committed = (events: readonly Sealed[]): Amounts =>
  sum(runIds.map((id) => runAfter(events, id).budget).map(({ used, reserved }) => minus(sum([used, reserved]), {})));

describe('pools, whatever the order in which replicas, callers and answers fall', () => {
  it('give out no more than their limits, and both sides of every draw agree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), pools, asked, async (scheduler, settings, calls) => {
        const ledger = memoryLedger();
        const replicas = world(settings, slow(ledger, scheduler));
        const pooled = (['steps', 'bytesIn'] as const).filter((meter) =>
          Object.values(settings).some((one) => one?.[meter] !== undefined),
        );
        await scheduler.waitFor(prepared(replicas, pooled));
        const answers = await scheduler.waitFor(Promise.allSettled(calls.map((one) => call(replicas, one))));
        expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
        const events = ledger.events as unknown as readonly Sealed[];
        expectExact(events, settings);
        for (const id of runIds) {
          const run = runAfter(events, id);
          if (isOver(run) && Object.keys(run.budget.reserved).length === 0)
            expect(Object.values(freeOf(run.budget)).every((left) => left === 0)).toBe(true);
        }
        const { team } = settings;
        for (const meter of ['steps', 'bytesIn'] as const) {
          expect(amountOf(committed(events), meter)).toBeLessThanOrEqual(team?.[meter] ?? Infinity);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('admit exactly the limit when more is asked for, however it is spread over runs and replicas', async () => {
    const spread = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 2 })), { minLength: 12, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), spread, fc.integer({ min: 1, max: 11 }), async (scheduler, calls, limit) => {
        const ledger = memoryLedger();
        const replicas = world({ team: { steps: limit }, session: { steps: 100 } }, slow(ledger, scheduler));
        await scheduler.waitFor(prepared(replicas, ['steps']));
        const all = calls.map(([run, replica], step) =>
          call(replicas, { run, replica, step, bytesIn: 0, then: 'succeed' }),
        );
        const answers = await scheduler.waitFor(Promise.all(all));
        const started = answers.filter((one) => one.accepted && one.events.at(-1)?.type === 'step.started');
        expect(started.length).toBe(limit);
        const events = ledger.events as unknown as readonly Sealed[];
        expect(committed(events)).toEqual({ steps: limit });
        const denied = events.flatMap((event) => (event.type === 'step.denied' ? [event.data.rejection.facts] : []));
        expect(denied).toEqual(denied.map(() => expect.objectContaining({ meter: 'steps', level: 'team', limit })));
      }),
      { numRuns: 100 },
    );
  });

  it.each<[string, Teams]>([
    ['two teams', ['blue', 'red']],
    ['a team and for none', ['blue', undefined]],
  ])('keep what each team gives apart when one agent works for %s', async (_, teams) => {
    const ledger = memoryLedger();
    const replicas = world({ agent: { steps: 100 }, team: { steps: 3 } }, ledger);
    await prepared(replicas, ['steps'], teams);
    // The first session, which the second and fourth run are not in, has its three steps whatever the other one used, and no more.
    for (const run of [1, 0]) {
      for (const step of [0, 1, 2, 3]) await call(replicas, { run, replica: 0, step, bytesIn: 0, then: 'succeed' });
    }
    const events = ledger.events as unknown as readonly Sealed[];
    const used = [0, 1].map((run) => runAfter(events, runIds[run]!).budget.used.steps);
    expect(used).toEqual([3, teams[1] === undefined ? 4 : 3]);
  });
});
