import { randomBytes } from 'node:crypto';
import {
  cancelRun,
  claimCompletion,
  completeRun,
  getRun,
  listRuns,
  startRun,
  type httpApi,
  type ReplyEnvelope,
  type RunView,
} from '@causeway/contracts';
import { answerOf, created, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { idOfKey, newId } from '../http/ids.ts';
import { sessionScope } from '../identity/principal.ts';
import { ownSession } from './own-session.ts';

const run = (reply: ReplyEnvelope<RunView>): Answer => answerOf(reply, (view) => okay(view, view.position));

/** What the routes of runs do. */
export function runOperations(ask: Ask) {
  return {
    start: async (call: Call<typeof httpApi.startRun>): Promise<Answer> => {
      const { idempotencyKey: key, principal } = call;
      const runId = key ? idOfKey('run', principal, key) : newId('run', Date.now(), randomBytes(10));
      const reply = await ask(startRun, { runId, ...call.body }, call, { correlationId: runId });
      return answerOf(reply, (view) => created(view, view.position));
    },

    list: async (call: Call<typeof httpApi.listRuns>): Promise<Answer> =>
      answerOf(await ask(listRuns, { ...call.query, ...sessionScope(call.principal) }, call), okay),

    read: async (call: Call<typeof httpApi.getRun>): Promise<Answer> => {
      const { runId } = call.params;
      const question = { runId, ...call.query, ...sessionScope(call.principal) };
      return run(await ask(getRun, question, call, { correlationId: runId }));
    },

    claim: async (call: Call<typeof httpApi.claimCompletion>): Promise<Answer> => {
      const { runId } = call.params;
      const claim = { runId, sessionId: ownSession(call.principal), ...call.body };
      return run(await ask(claimCompletion, claim, call, { correlationId: runId }));
    },

    cancel: async (call: Call<typeof httpApi.cancelRun>): Promise<Answer> => {
      const { runId } = call.params;
      const { reason } = call.body;
      const cancellation = { runId, reason, ...sessionScope(call.principal) };
      return run(await ask(cancelRun, cancellation, call, { correlationId: runId }));
    },

    complete: async (call: Call<typeof httpApi.completeRun>): Promise<Answer> => {
      const { runId } = call.params;
      return run(await ask(completeRun, { runId, reason: call.body.reason }, call, { correlationId: runId }));
    },
  };
}
export type RunOperations = ReturnType<typeof runOperations>;
