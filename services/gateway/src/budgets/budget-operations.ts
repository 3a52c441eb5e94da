import { randomBytes } from 'node:crypto';
import { extendBudget, extendPool, listPools, type httpApi } from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { idOfKey, newId } from '../http/ids.ts';

type Extension = Pick<Call<typeof httpApi.extendBudget>, 'idempotencyKey' | 'principal'>;

const extensionIdOf = ({ idempotencyKey: key, principal }: Extension): string =>
  key ? idOfKey('extension', principal, key) : newId('extension', Date.now(), randomBytes(10));

/** What the routes of budgets do. */
export function budgetOperations(ask: Ask) {
  return {
    extendRun: async (call: Call<typeof httpApi.extendBudget>): Promise<Answer> => {
      const { runId } = call.params;
      const extension = { runId, ...call.body, extensionId: extensionIdOf(call) };
      const reply = await ask(extendBudget, extension, call, { correlationId: runId });
      return answerOf(reply, (view) => okay(view, view.position));
    },

    extendPool: async (call: Call<typeof httpApi.extendPool>): Promise<Answer> => {
      const extension = { ...call.params, ...call.body, extensionId: extensionIdOf(call) };
      return answerOf(await ask(extendPool, extension, call), (view) => okay(view, view.position));
    },

    listPools: async (call: Call<typeof httpApi.listPools>): Promise<Answer> =>
      answerOf(await ask(listPools, call.query, call), (page) => okay(page)),
  };
}
export type BudgetOperations = ReturnType<typeof budgetOperations>;
