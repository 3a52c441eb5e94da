import { acknowledgeStep, listGrants, listWaiting, revokeGrant, type httpApi } from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';

/** What the routes of the queue of waiting things, and of standing grants, do. */
export function waitingOperations(ask: Ask) {
  return {
    list: async (call: Call<typeof httpApi.listWaiting>): Promise<Answer> =>
      answerOf(await ask(listWaiting, call.query, call), okay),

    acknowledge: async (call: Call<typeof httpApi.acknowledgeStep>): Promise<Answer> => {
      const { runId } = call.params;
      const found = { ...call.params, ...call.body };
      return answerOf(await ask(acknowledgeStep, found, call, { correlationId: runId }), okay);
    },

    grants: async (call: Call<typeof httpApi.listGrants>): Promise<Answer> =>
      answerOf(await ask(listGrants, call.query, call), okay),

    revokeGrant: async (call: Call<typeof httpApi.revokeGrant>): Promise<Answer> =>
      answerOf(await ask(revokeGrant, { ...call.params, ...call.body }, call), okay),
  };
}
export type WaitingOperations = ReturnType<typeof waitingOperations>;
