import { findResources, listCapabilities, readResource, type httpApi } from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { sessionScope } from '../identity/principal.ts';

/** What the routes of resources and capabilities do. */
export function resourceOperations(ask: Ask) {
  return {
    list: async (call: Call<typeof httpApi.listResources>): Promise<Answer> =>
      answerOf(await ask(findResources, { ...call.query, ...sessionScope(call.principal) }, call), okay),

    read: async (call: Call<typeof httpApi.readResource>): Promise<Answer> => {
      const question = { ...call.params, ...call.query, ...sessionScope(call.principal) };
      return answerOf(await ask(readResource, question, call), okay);
    },

    capabilities: async (call: Call<typeof httpApi.listCapabilities>): Promise<Answer> =>
      answerOf(await ask(listCapabilities, call.query, call), okay),
  };
}
export type ResourceOperations = ReturnType<typeof resourceOperations>;
