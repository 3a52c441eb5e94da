import { randomBytes } from 'node:crypto';
import {
  fieldErrors,
  KillTarget,
  killTargetOf,
  liftKill,
  listKills,
  pullKill,
  type httpApi,
  type KillView,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { idOfKey, newId } from '../http/ids.ts';

/** A kill of everything ends one run after another before it is answered; sent again meanwhile, it joins. */
const TIMEOUT_MS = 60_000;

const kill = (reply: ReplyEnvelope<KillView>): Answer => answerOf(reply, (view) => okay(view));

/** What the routes of the kill switch do. */
export function killOperations(ask: Ask) {
  return {
    pull: async (call: Call<typeof httpApi.pullKill>): Promise<Answer> => {
      const { scope, id, reason } = call.body;
      const target = KillTarget.safeParse(killTargetOf(scope, id));
      if (!target.success) {
        const errors = fieldErrors(target.error).map(({ message }) => ({ path: 'id', message }));
        const detail = `«${id ?? ''}» names nothing of the scope ${scope}; a step is <run id>/<step id>, everything has no id`;
        return { rejection: { code: 'REQUEST_INVALID', detail, errors } };
      }
      const { idempotencyKey: key, principal } = call;
      const killId = key ? idOfKey('kill', principal, key) : newId('kill', Date.now(), randomBytes(10));
      return kill(await ask(pullKill, { killId, target: target.data, reason }, call, { timeoutMs: TIMEOUT_MS }));
    },

    list: async (call: Call<typeof httpApi.listKills>): Promise<Answer> =>
      answerOf(await ask(listKills, {}, call), okay),

    lift: async (call: Call<typeof httpApi.liftKill>): Promise<Answer> =>
      kill(await ask(liftKill, { killId: call.params.killId, reason: call.body.reason }, call)),
  };
}
export type KillOperations = ReturnType<typeof killOperations>;
