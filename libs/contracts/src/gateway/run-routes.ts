import { z } from 'zod';
import { RunId, SessionId } from '../ids.ts';
import { BudgetLimits } from '../run-orchestrator/budget.ts';
import {
  cancelRun as cancel,
  claimCompletion as claim,
  completeRun as complete,
} from '../run-orchestrator/commands.ts';
import { startRun as start } from '../run-orchestrator/commands.ts';
import { Predicate } from '../run-orchestrator/predicates.ts';
import { getRun as get, listRuns as list } from '../run-orchestrator/queries.ts';
import { RunState, RunView } from '../run-orchestrator/run-view.ts';
import { SubgoalId, Subgoals } from '../run-orchestrator/subgoal.ts';
import { AGENTS, OPERATORS, READERS } from './roles.ts';
import { defineRoute, queryAfter, queryLimit, queryMinPosition, Reason } from './route.ts';

const tag = 'runs';
const params = z.strictObject({ runId: RunId });
const ofARun = { description: 'The run', schema: RunView } as const;

export const runRoutes = {
  startRun: defineRoute({
    operationId: 'startRun',
    tag,
    method: 'POST',
    path: '/v1/runs',
    summary: 'Start a run in a session',
    description: 'What the budget leaves out comes from the policy. The predicate decides when the run counts as done.',
    roles: OPERATORS,
    body: z.strictObject({
      sessionId: SessionId,
      goal: z.string().min(1).max(4000),
      budget: BudgetLimits.partial().optional(),
      predicate: Predicate,
      subgoals: Subgoals.optional(),
      startsAt: z.iso.datetime().optional(),
      segmentSteps: z.int().min(1).max(1_000_000).optional(),
    }),
    idempotencyKey: 'The same key names the same run; with other content it is RUN_ALREADY_STARTED.',
    responses: { 201: { description: 'The run has started', schema: RunView } },
    problems: start.rejections,
  }),
  listRuns: defineRoute({
    operationId: 'listRuns',
    tag,
    method: 'GET',
    path: '/v1/runs',
    summary: 'List runs, newest first',
    description: 'An agent sees the runs of its own session.',
    roles: ['agent', ...READERS],
    query: z.strictObject({ state: RunState.optional(), limit: queryLimit(200, 50), after: queryAfter }),
    responses: { 200: { description: 'A page of runs', schema: list.reply } },
    problems: list.rejections,
  }),
  getRun: defineRoute({
    operationId: 'getRun',
    tag,
    method: 'GET',
    path: '/v1/runs/{runId}',
    summary: 'Read a run',
    roles: ['agent', ...READERS],
    params,
    query: z.strictObject({ minPosition: queryMinPosition }),
    responses: { 200: ofARun },
    problems: get.rejections,
  }),
  claimCompletion: defineRoute({
    operationId: 'claimCompletion',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/claim',
    summary: 'Claim that the goal, or the current subgoal, is reached',
    description:
      'An agent can only claim; the predicate, judged over the ledger, decides. Refused, `errors` say leaf by leaf what is missing or stale.',
    roles: AGENTS,
    params,
    body: z.strictObject({ subgoalId: SubgoalId.optional(), note: z.string().max(4000).optional() }),
    responses: { 200: ofARun },
    problems: claim.rejections,
  }),
  cancelRun: defineRoute({
    operationId: 'cancelRun',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/cancel',
    summary: 'Cancel a run',
    description: 'An agent may cancel the runs of its own session.',
    roles: ['agent', ...OPERATORS],
    params,
    body: z.strictObject({ reason: Reason }),
    responses: { 200: ofARun },
    problems: cancel.rejections,
  }),
  completeRun: defineRoute({
    operationId: 'completeRun',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/complete',
    summary: 'Confirm that a run is done',
    description: 'For runs whose predicate is, or holds, `manual`, after their agent has claimed.',
    roles: OPERATORS,
    params,
    body: z.strictObject({ reason: Reason }),
    responses: { 200: ofARun },
    problems: complete.rejections,
  }),
} as const;
