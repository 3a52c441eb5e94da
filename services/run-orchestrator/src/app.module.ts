import { fileURLToPath } from 'node:url';
import { getHead } from '@causeway/contracts';
import {
  followLog,
  heedingErasures,
  ledgerClient,
  type Bus,
  type Follower,
  type HeedingLedger,
} from '@causeway/messaging';
import { createPolicy, effectiveFiles, parsePack, readPackFolder } from '@causeway/policy';
import { connectPostgres, migrate, projectionRunner, type ProjectionRunner } from '@causeway/postgres';
import { readSecret, type Assembled, type Logger } from '@causeway/service-kit';
import { Module } from '@nestjs/common';
import { APPROVALS, ApprovalsController } from './approvals/approvals.controller.ts';
import { createApprovals } from './approvals/approvals.ts';
import { budgetedHandlers } from './budgets/budgeted-handlers.ts';
import { CAPABILITY_LIST, CapabilitiesController } from './capabilities/capabilities.controller.ts';
import { createCapabilities } from './capabilities/capabilities.ts';
import { capabilityRegistry } from './capabilities/registry.ts';
import { createClock } from './clock.ts';
import type { Config } from './config.ts';
import { systemEdge } from './edge.ts';
import { GRANTS, GrantsController } from './grants/grants.controller.ts';
import { createGrants } from './grants/grants.ts';
import { createHandlers, type Handlers } from './handlers.ts';
import { timeExtensions } from './budgets/time-extensions.ts';
import { joined } from './joined.ts';
import { NOTES, NotesController } from './notes/notes.controller.ts';
import { createNotes } from './notes/notes.ts';
import { killSwitch, type KillSwitch } from './kills/kill-switch.ts';
import { KILL_OPERATIONS, KillsController } from './kills/kills.controller.ts';
import { createKills, killEnforcer } from './kills/kills.ts';
import { stopping as stoppingOf } from './kills/stopping.ts';
import type { Parts } from './parts.ts';
import { FOR_A_START, patiently } from './ledger-patience.ts';
import { activateFolder } from './policies/activate-folder.ts';
import { createActivation } from './policies/activation.ts';
import { ACTIVATION, PoliciesController } from './policies/policies.controller.ts';
import { createPolicies, type LivePolicies } from './policies/policies.ts';
import { POOLS, PoolsController } from './pools/pools.controller.ts';
import { createPools } from './pools/pools.ts';
import { RUNS, RunsController } from './runs/runs.controller.ts';
import { runEnder } from './runs/end-run.ts';
import { LIFECYCLE, LifecycleController } from './runs/lifecycle.controller.ts';
import { createLifecycle } from './runs/lifecycle.ts';
import { createRuns } from './runs/runs.ts';
import { scheduleTurns } from './schedules/schedule-turns.ts';
import { SCHEDULES, SchedulesController } from './schedules/schedules.controller.ts';
import { createSchedules } from './schedules/schedules.ts';
import { SESSIONS, SessionsController } from './sessions/sessions.controller.ts';
import { createSessions, sessionRevoker } from './sessions/sessions.ts';
import { heldSteps } from './steps/held-steps.ts';
import { stepAttempts } from './steps/step-attempts.ts';
import { stepLedger } from './steps/step-ledger.ts';
import { STEPS, StepsController } from './steps/steps.controller.ts';
import { createSteps } from './steps/steps.ts';
import { POLICIES, VIEWS, ViewsController } from './views.controller.ts';
import { PROJECTIONS } from './views.ts';
import { WAITING, WaitingController } from './waiting/waiting.controller.ts';
import { createWaiting } from './waiting/waiting.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const SCHEMA = 'run_orchestrator';

@Module({})
export class AppModule {}

/** Builds the service: the only place where its parts meet. */
export async function assemble({ config, bus, log }: { config: Config; bus: Bus; log: Logger }): Promise<Assembled> {
  const executor = config.CAUSEWAY_INSTANCE;
  const url = config.CAUSEWAY_POSTGRES_URL;
  const password = readSecret(config.CAUSEWAY_POSTGRES_PASSWORD_FILE);
  const pool = connectPostgres({ url, password, name: executor });
  await migrate(pool, MIGRATIONS, SCHEMA);
  const ledger = heedingErasures(ledgerClient({ bus, writer: 'run-orchestrator', appendTimeoutMs: APPEND_WITHIN_MS }));
  const folder = packOf(await readPackFolder(config.CAUSEWAY_POLICY_DIR));
  const capabilities = capabilityRegistry({ pool, ledger, log });
  const bare = createHandlers(ledger, systemEdge);
  const policies = createPolicies({ handlers: bare, ledger, folder: createPolicy(folder.pack), log });
  const parts: Parts = {
    handlers: budgetedHandlers(bare, {
      ...{ policies, edge: systemEdge, executor },
      capabilityDigest: (id) => capabilities.get(id)?.digest,
    }),
    ledger,
    bus,
    policies,
    capabilities,
    edge: systemEdge,
    executor,
    log,
  };

  const runner = projectionRunner({ pool, ledger, projections: PROJECTIONS });
  const views = { pool, runner };
  const steps = stepLedger(parts);
  const attempts = stepAttempts(parts, steps);
  const held = heldSteps(parts, steps, attempts);
  const end = runEnder(parts, held);
  const more = timeExtensions(parts);
  const kills = killSwitch(parts.handlers);
  const stopping = stoppingOf(parts, { views, held, end, revoke: sessionRevoker(parts, end) });
  const enforceKills = killEnforcer(parts, { kills, stopping });
  const runs = createRuns(parts, { views, held, kills });
  const schedules = scheduleTurns(parts, { kills });
  const clock = createClock(parts, { views, attempts, held, more, end, enforceKills, schedules });
  let follower: Follower | undefined;

  return {
    module: {
      module: AppModule,
      controllers: [
        SessionsController,
        RunsController,
        LifecycleController,
        StepsController,
        NotesController,
        ApprovalsController,
        SchedulesController,
        CapabilitiesController,
        KillsController,
        GrantsController,
        WaitingController,
        PoolsController,
        PoliciesController,
        ViewsController,
      ],
      providers: [
        { provide: SESSIONS, useValue: joined(createSessions(parts, { views, end, kills })) },
        { provide: RUNS, useValue: joined(runs) },
        { provide: LIFECYCLE, useValue: joined(createLifecycle(parts, steps)) },
        { provide: KILL_OPERATIONS, useValue: joined(createKills(parts, { views, kills, stopping })) },
        { provide: STEPS, useValue: joined(createSteps(parts, { views, steps, attempts, kills })) },
        { provide: NOTES, useValue: joined(createNotes(parts, steps)) },
        { provide: APPROVALS, useValue: joined(createApprovals(parts, { views, held })) },
        { provide: SCHEDULES, useValue: joined(createSchedules(parts, { views, runs, kills })) },
        { provide: CAPABILITY_LIST, useValue: createCapabilities(parts, { views }) },
        { provide: GRANTS, useValue: joined(createGrants(parts, views)) },
        { provide: WAITING, useValue: joined(createWaiting(views)) },
        { provide: POOLS, useValue: joined(createPools(parts, views)) },
        { provide: VIEWS, useValue: views },
        { provide: ACTIVATION, useValue: joined(createActivation(parts, { policies })) },
        { provide: POLICIES, useValue: policies },
      ],
    },
    checks: [{ name: 'postgres', isReady: () => pool.query('select 1').then(() => true) }],
    start: async () => {
      await patiently(() => activateFolder(parts, policies, folder), FOR_A_START);
      follower = followLog({
        bus,
        ledger,
        from: await runner.position(),
        apply: heeding(parts.handlers, { kills, policies }, { ledger, runner }),
        log,
      });
      await catchUp(bus, runner);
      await capabilities.start();
      clock.start();
    },
    stop: async () => {
      capabilities.stop();
      await clock.stop();
      await attempts.settled(SETTLE_MS);
      await follower?.stop();
      await pool.end();
    },
  };
}

type Hearing = { readonly kills: KillSwitch; readonly policies: LivePolicies };
type Following = { readonly ledger: HeedingLedger; readonly runner: ProjectionRunner };

/** What is kept in memory was read before an erasure, a kill or another policy; after it everything is read from the ledger again. */
const heeding =
  (handlers: Handlers, { kills, policies }: Hearing, { ledger, runner }: Following): ProjectionRunner['apply'] =>
  async (events, range) => {
    if (ledger.hear(events)) for (const handler of Object.values(handlers)) handler.forget();
    await kills.hear(events);
    await policies.hear(events);
    return runner.apply(events, range);
  };

/** The pack of the service's own folder, with its texts as they take effect. */
function packOf(found: Readonly<Record<string, string>>) {
  return { pack: parsePack(found, process.env), files: effectiveFiles(found, process.env) };
}

/** Callers wait longer than this, so that they hear that the ledger is out of reach. */
const APPEND_WITHIN_MS = 5_000;
/** What is still in hand by then is recovered at the next start. */
const SETTLE_MS = 5_000;
const CATCH_UP_STEP_MS = 10_000;

/** Recovery judges by the views, so they have to hold everything that was in the ledger when we started. */
async function catchUp(bus: Bus, runner: ProjectionRunner): Promise<void> {
  const meta = { id: 'catch-up', actor: { kind: 'system' as const, id: 'run-orchestrator' } };
  const head = await bus.request(getHead, {}, meta, { timeoutMs: 60_000, attemptMs: 2_000 });
  if (!head.ok) throw new Error(`the ledger does not answer: ${head.rejection.detail}`);
  let reached = await runner.position();
  while (!(await runner.waitFor(head.value.nextPosition - 1, CATCH_UP_STEP_MS))) {
    const position = await runner.position();
    if (position <= reached) throw new Error(`the views stay at position ${position}; the log says why`);
    reached = position;
  }
}
