import { randomUUID } from 'node:crypto';
import { executeStep, getStep, listSteps, type httpApi, type Rejection, type StepOutcome } from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { stepIdOfKey } from '../http/ids.ts';
import { sessionScope } from '../identity/principal.ts';
import { ownSession } from './own-session.ts';

/** A step may fetch from the outside; sent again in the meantime, the same step id joins. */
const STEP_TIMEOUT_MS = 40_000;
const ATTEMPT_MS = 3_000;
const QUERY_TIMEOUT_MS = 10_000;

/** What the routes of steps do. */
export function stepOperations(ask: Ask) {
  return {
    execute: async (call: Call<typeof httpApi.executeStep>): Promise<Answer> => {
      const { runId } = call.params;
      const { capability, input } = call.body;
      const step = { runId, sessionId: ownSession(call.principal), stepId: stepIdOf(call), capability, input };
      const options = { correlationId: runId, timeoutMs: STEP_TIMEOUT_MS, attemptMs: ATTEMPT_MS };
      return answerOf(await ask(executeStep, step, call, options), answerOfStep);
    },

    list: async (call: Call<typeof httpApi.listSteps>): Promise<Answer> => {
      const { runId } = call.params;
      const question = { runId, ...call.query, ...sessionScope(call.principal) };
      return answerOf(await ask(listSteps, question, call, { correlationId: runId }), okay);
    },

    read: async (call: Call<typeof httpApi.getStep>): Promise<Answer> => {
      const { runId } = call.params;
      const { waitMs } = call.query;
      const question = { ...call.params, waitMs, ...sessionScope(call.principal) };
      const options = {
        correlationId: runId,
        timeoutMs: QUERY_TIMEOUT_MS + waitMs,
        attemptMs: ATTEMPT_MS + waitMs,
      };
      return answerOf(await ask(getStep, question, call, options), (outcome) => okay(outcome, outcome.position));
    },
  };
}
export type StepOperations = ReturnType<typeof stepOperations>;

function stepIdOf({ body, params, idempotencyKey }: Call<typeof httpApi.executeStep>): string {
  return body.stepId ?? (idempotencyKey ? stepIdOfKey(params.runId, idempotencyKey) : `s-${randomUUID()}`);
}

/** How the outcome of a step is told over HTTP: a denial is a problem, what has not ended is accepted, anything else is an answer. */
export function answerOfStep(outcome: StepOutcome): Answer {
  const { state, position } = outcome;
  if (state === 'denied') return { rejection: denialOf(outcome) };
  return { status: state === 'held' || state === 'started' ? 202 : 200, body: outcome, position };
}

function denialOf({ stepId, position, budget, rejection }: StepOutcome): Rejection {
  const denial = rejection ?? { code: 'POLICY_DENIED', detail: `step ${stepId} was denied and gives no reason` };
  return { ...denial, facts: { ...denial.facts, stepId, position, budget } };
}
