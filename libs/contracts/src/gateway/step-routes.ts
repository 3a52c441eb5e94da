import { z } from 'zod';
import { RunId, StepId } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { executeStep as execute } from '../run-orchestrator/commands.ts';
import { getStep as get, listSteps as list } from '../run-orchestrator/queries.ts';
import { StepOutcome } from '../run-orchestrator/run-view.ts';
import { AGENTS, READERS } from './roles.ts';
import { defineRoute, queryAfter, queryFlag, queryInt, queryLimit, queryMinPosition } from './route.ts';

const tag = 'steps';
const params = z.strictObject({ runId: RunId });

/** Codes with which a step can be denied: what policy, budget, an approver or a provider says. */
const DENIALS = [
  'POLICY_DENIED',
  'BUDGET_STEPS_EXHAUSTED',
  'BUDGET_WALL_CLOCK_EXHAUSTED',
  'APPROVAL_DENIED',
  'APPROVAL_EXPIRED',
  'APPROVAL_RETURNED',
  'APPROVAL_WITHDRAWN',
  'APPROVAL_CONSUMED',
  'APPROVAL_OTHER_STEP',
  'APPROVAL_INPUT_CHANGED',
  'APPROVAL_CAPABILITY_CHANGED',
  'APPROVAL_POLICY_CHANGED',
  'APPROVAL_DIGEST_MISMATCH',
  'CAPABILITY_UNAVAILABLE',
] as const;

export const stepRoutes = {
  executeStep: defineRoute({
    operationId: 'executeStep',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/steps',
    summary: 'Take a step',
    description:
      'Answers when the step has an outcome or is held for an approval. The same step id again is the same step and has the same outcome. ' +
      'A denied step is a problem document with the deciding rule, what would be allowed, and `facts`: stepId, position, budget.',
    roles: AGENTS,
    params,
    body: z.strictObject({ stepId: StepId.optional(), capability: z.string().min(1).max(128), input: JsonObject }),
    idempotencyKey:
      'Without a `stepId`, the same key names the same step of the run; with other content it is STEP_ID_REUSED.',
    responses: {
      200: { description: 'The outcome: succeeded, failed, cancelled, or unknown', schema: StepOutcome },
      202: { description: 'Held for an approval, or still running: ask for the step', schema: StepOutcome },
    },
    problems: [...execute.rejections, ...DENIALS],
  }),
  listSteps: defineRoute({
    operationId: 'listSteps',
    tag,
    method: 'GET',
    path: '/v1/runs/{runId}/steps',
    summary: 'List the steps of a run, oldest first',
    roles: ['agent', ...READERS],
    params,
    description: 'With `results=true` those that ended come with their results, at most 20 steps on a page.',
    query: z.strictObject({
      limit: queryLimit(200, 50),
      after: queryAfter,
      minPosition: queryMinPosition,
      results: queryFlag,
    }),
    responses: { 200: { description: 'A page of steps', schema: list.reply } },
    problems: list.rejections,
  }),
  getStep: defineRoute({
    operationId: 'getStep',
    tag,
    method: 'GET',
    path: '/v1/runs/{runId}/steps/{stepId}',
    summary: 'Read the outcome of a step',
    description: 'Whatever its state, denied included. Waits up to `waitMs` for a step that is running or held.',
    roles: ['agent', ...READERS],
    params: z.strictObject({ runId: RunId, stepId: StepId }),
    query: z.strictObject({ waitMs: queryInt(0, 20_000).default(0) }),
    responses: { 200: { description: 'The outcome as it is now', schema: StepOutcome } },
    problems: get.rejections,
  }),
} as const;
