import type { Bus } from '@causeway/messaging';
import type { Check, Logger, Metrics } from '@causeway/service-kit';
import { createHttpApp, type AssembledHttp, type EdgeRequest } from '@causeway/service-kit/http';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { approvalOperations } from './approvals/approval-operations.ts';
import { budgetOperations } from './budgets/budget-operations.ts';
import { BUDGET_OPERATIONS, BudgetsController } from './budgets/budgets.controller.ts';
import { APPROVAL_OPERATIONS, ApprovalsController } from './approvals/approvals.controller.ts';
import { auditOperations } from './audit/audit-operations.ts';
import { auditSource } from './audit/audit-source.ts';
import { AUDIT_OPERATIONS, AuditController } from './audit/audit.controller.ts';
import { openStreams, type OpenStreams } from './audit/open-streams.ts';
import type { GatewayConfig } from './config.ts';
import { toHttp, type Answer } from './http/answer.ts';
import { goalOperations } from './goals/goal-operations.ts';
import { GOAL_OPERATIONS, GoalsController } from './goals/goals.controller.ts';
import { asking } from './http/ask.ts';
import { parseJsonBody } from './http/body.ts';
import { ProblemFilter } from './http/edge.module.ts';
import { routeAt } from './http/routing.ts';
import { answerThrown, pathOfUrl } from './http/thrown.ts';
import { admitted, type Identities } from './identity/admission.ts';
import { operatorKeysFile, operatorOf } from './identity/operator-keys.ts';
import { presentedCredential } from './identity/presented.ts';
import { killOperations } from './kills/kill-operations.ts';
import { KILL_OPERATIONS, KillsController } from './kills/kills.controller.ts';
import { liveLog, type LiveLog } from './log/live-log.ts';
import { modelOperations } from './models/model-operations.ts';
import { MODEL_OPERATIONS, ModelsController } from './models/models.controller.ts';
import { toldToClients } from './models/provider-error.ts';
import { policyOperations } from './policy/policy-operations.ts';
import { POLICY_OPERATIONS, PolicyController } from './policy/policy.controller.ts';
import { resourceOperations } from './resources/resource-operations.ts';
import { RESOURCE_OPERATIONS, ResourcesController } from './resources/resources.controller.ts';
import { lifecycleOperations } from './runs/lifecycle-operations.ts';
import { LIFECYCLE_OPERATIONS, LifecycleController } from './runs/lifecycle.controller.ts';
import { runOperations } from './runs/run-operations.ts';
import { RUN_OPERATIONS, RunsController } from './runs/runs.controller.ts';
import { stepOperations } from './runs/step-operations.ts';
import { STEP_OPERATIONS, StepsController } from './runs/steps.controller.ts';
import { scheduleOperations } from './schedules/schedule-operations.ts';
import { SCHEDULE_OPERATIONS, SchedulesController } from './schedules/schedules.controller.ts';
import { agentIdentity } from './sessions/agent-identity.ts';
import { sessionOperations } from './sessions/session-operations.ts';
import { SESSION_OPERATIONS, SessionsController } from './sessions/sessions.controller.ts';
import { systemOperations } from './system/system-operations.ts';
import { SYSTEM_OPERATIONS, SystemController } from './system/system.controller.ts';
import { tlogOperations } from './tlog/tlog-operations.ts';
import { TLOG_OPERATIONS, TlogController } from './tlog/tlog.controller.ts';
import { waitingOperations } from './waiting/waiting-operations.ts';
import { WAITING_OPERATIONS, WaitingController } from './waiting/waiting.controller.ts';

const BODY_LIMIT_BYTES = 512 * 1024;

@Module({})
class AppModule {}

type Parts = { readonly config: GatewayConfig; readonly bus: Bus; readonly log: Logger; readonly metrics: Metrics };

/** Builds the gateway upon a connection to the bus. This is the only place that knows how its parts fit together. */
export async function assembleGateway({ config, bus, log, metrics }: Parts): Promise<AssembledHttp> {
  const live = liveLog(bus, log);
  const streams = openStreams();
  let stopping = false;
  const checks: Check[] = [
    { name: 'serving', isReady: () => !stopping },
    { name: 'bus', isReady: bus.isConnected },
    { name: 'sessions', isReady: live.isLoaded },
  ];
  const identities = identitiesOf(config, live);
  const answerError = (error: unknown, request: Pick<EdgeRequest, 'method' | 'url'>) =>
    toldToClients(
      answerThrown(error, request, (err) =>
        log.error({ err, requestId: (request as EdgeRequest).id }, 'a request failed'),
      ),
      pathOfUrl(request.url),
    );

  const app = await createHttpApp({
    module: appModule(operations({ bus, live, streams, checks, metrics }), answerError),
    log,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    parseBody: parseJsonBody,
    answerOf: (returned, url) => toldToClients(toHttp(returned as Answer, pathOfUrl(url)), pathOfUrl(url)),
    answerError,
    admit: async ({ method, routeOptions, headers }) => {
      const route = routeAt(method, routeOptions.url ?? '');
      return route && { route, principal: await admitted(route, presentedCredential(headers), identities) };
    },
  });
  return {
    app,
    start: live.start,
    drain: () => {
      stopping = true;
      streams.close();
    },
    stop: live.stop,
  };
}

function identitiesOf(config: GatewayConfig, { sessions, tail, isLoaded, head }: LiveLog): Identities {
  const keys = operatorKeysFile(config.CAUSEWAY_OPERATOR_KEYS_FILE);
  keys();
  return {
    agentOf: agentIdentity({ sessions, tail, isLoaded, headOfLog: head }),
    operatorOf: (presented) => operatorOf(keys(), presented),
  };
}

type Collaborators = {
  readonly bus: Bus;
  readonly live: LiveLog;
  readonly streams: OpenStreams;
  readonly checks: readonly Check[];
  readonly metrics: Metrics;
};

function operations({ bus, live, streams, checks, metrics }: Collaborators): Provider[] {
  const ask = asking(bus);
  const { sessions, tail, origin, head } = live;
  const source = auditSource(tail, bus);
  return [
    { provide: SESSION_OPERATIONS, useValue: sessionOperations(ask, sessions) },
    { provide: RUN_OPERATIONS, useValue: runOperations(ask) },
    { provide: GOAL_OPERATIONS, useValue: goalOperations(ask) },
    { provide: LIFECYCLE_OPERATIONS, useValue: lifecycleOperations(ask) },
    { provide: KILL_OPERATIONS, useValue: killOperations(ask) },
    { provide: STEP_OPERATIONS, useValue: stepOperations(ask) },
    { provide: APPROVAL_OPERATIONS, useValue: approvalOperations(ask) },
    { provide: SCHEDULE_OPERATIONS, useValue: scheduleOperations(ask) },
    { provide: BUDGET_OPERATIONS, useValue: budgetOperations(ask) },
    { provide: POLICY_OPERATIONS, useValue: policyOperations(ask) },
    { provide: MODEL_OPERATIONS, useValue: modelOperations({ ask, bus, streams }) },
    { provide: RESOURCE_OPERATIONS, useValue: resourceOperations(ask) },
    { provide: AUDIT_OPERATIONS, useValue: auditOperations({ ask, source, streams, tail, head, sessions, origin }) },
    { provide: TLOG_OPERATIONS, useValue: tlogOperations(ask) },
    { provide: WAITING_OPERATIONS, useValue: waitingOperations(ask) },
    { provide: SYSTEM_OPERATIONS, useValue: systemOperations(checks, metrics) },
  ];
}

function appModule(providers: Provider[], answerError: ConstructorParameters<typeof ProblemFilter>[0]): DynamicModule {
  return {
    module: AppModule,
    controllers: [
      SessionsController,
      RunsController,
      GoalsController,
      LifecycleController,
      KillsController,
      StepsController,
      ApprovalsController,
      SchedulesController,
      BudgetsController,
      PolicyController,
      ResourcesController,
      ModelsController,
      AuditController,
      TlogController,
      WaitingController,
      SystemController,
    ],
    providers: [...providers, { provide: APP_FILTER, useValue: new ProblemFilter(answerError) }],
  };
}
