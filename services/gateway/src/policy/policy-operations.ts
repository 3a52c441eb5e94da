import { randomBytes } from 'node:crypto';
import {
  activatePolicy,
  getPolicyPack,
  moveRun,
  revokeRule,
  type httpApi,
  type PolicyView,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { idOfKey, newId } from '../http/ids.ts';

type Change = Pick<Call<typeof httpApi.activatePolicy>, 'idempotencyKey' | 'principal'>;

const changeIdOf = ({ idempotencyKey: key, principal }: Change): string =>
  key ? idOfKey('policy', principal, key) : newId('policy', Date.now(), randomBytes(10));

const shown = (reply: ReplyEnvelope<PolicyView>): Answer => answerOf(reply, (view) => okay(view));

/** What the routes of policy do. */
export function policyOperations(ask: Ask) {
  return {
    pack: async (call: Call<typeof httpApi.getPolicyPack>): Promise<Answer> =>
      answerOf(await ask(getPolicyPack, call.query, call), (pack) => okay(pack)),

    activate: async (call: Call<typeof httpApi.activatePolicy>): Promise<Answer> =>
      shown(await ask(activatePolicy, { ...call.body, changeId: changeIdOf(call) }, call)),

    revoke: async (call: Call<typeof httpApi.revokeRule>): Promise<Answer> =>
      shown(await ask(revokeRule, { ...call.params, ...call.body, changeId: changeIdOf(call) }, call)),

    move: async (call: Call<typeof httpApi.moveRun>): Promise<Answer> => {
      const { runId } = call.params;
      const reply = await ask(moveRun, { runId, ...call.body }, call, { correlationId: runId });
      return answerOf(reply, (view) => okay(view, view.position));
    },
  };
}
export type PolicyOperations = ReturnType<typeof policyOperations>;
