import { randomBytes } from 'node:crypto';
import {
  checkpointRun,
  getRunCheckpoint,
  hearAgent,
  pauseRun,
  readResource,
  resumeRun,
  signalRun,
  type httpApi,
  type IdKind,
  type Json,
  type ReplyEnvelope,
  type ResourcePage,
  type RunView,
} from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call, Caller } from '../http/call.ts';
import { idOfKey, newId } from '../http/ids.ts';
import { sessionScope } from '../identity/principal.ts';
import { ownSession } from './own-session.ts';

const run = (reply: ReplyEnvelope<RunView>): Answer => answerOf(reply, (view) => okay(view, view.position));

/** Most characters of a page of a resource. */
const PAGE = 65_536;

/** The id that a command is known by when it is sent again. */
function idOf(kind: IdKind, { idempotencyKey: key, principal }: Caller, runId: string): string {
  return key ? idOfKey(kind, principal, `${runId} ${key}`) : newId(kind, Date.now(), randomBytes(10));
}

/** What the routes of a run's life do. */
export function lifecycleOperations(ask: Ask) {
  async function bodyOf(resourceId: string, call: Call<typeof httpApi.getRunCheckpoint>): Promise<ReplyEnvelope<Json>> {
    let text = '';
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const page: ReplyEnvelope<ResourcePage> = await ask(
        readResource,
        { resourceId, offset, limit: PAGE, ...sessionScope(call.principal) },
        call,
      );
      if (!page.ok) return page;
      text += page.value.text;
      offset = page.value.next;
    }
    return { ok: true, value: JSON.parse(text) as Json };
  }

  return {
    pause: async (call: Call<typeof httpApi.pauseRun>): Promise<Answer> => {
      const { runId } = call.params;
      const pause = { runId, pauseId: idOf('pause', call, runId), ...call.body, ...sessionScope(call.principal) };
      return run(await ask(pauseRun, pause, call, { correlationId: runId }));
    },

    resume: async (call: Call<typeof httpApi.resumeRun>): Promise<Answer> => {
      const { runId } = call.params;
      const resume = { runId, resumeId: idOf('pause', call, `${runId} resume`), ...call.body };
      return run(await ask(resumeRun, resume, call, { correlationId: runId }));
    },

    signal: async (call: Call<typeof httpApi.signalRun>): Promise<Answer> => {
      const { runId } = call.params;
      const signal = { runId, signalId: idOf('signal', call, runId), ...call.body };
      return run(await ask(signalRun, signal, call, { correlationId: runId }));
    },

    hear: async (call: Call<typeof httpApi.heartbeat>): Promise<Answer> => {
      const { runId } = call.params;
      const sign = { runId, sessionId: ownSession(call.principal) };
      return run(await ask(hearAgent, sign, call, { correlationId: runId }));
    },

    checkpoint: async (call: Call<typeof httpApi.checkpointRun>): Promise<Answer> => {
      const { runId } = call.params;
      const checkpointId = idOf('checkpoint', call, runId);
      const checkpoint = { runId, sessionId: ownSession(call.principal), checkpointId, ...call.body };
      return run(await ask(checkpointRun, checkpoint, call, { correlationId: runId }));
    },

    newestCheckpoint: async (call: Call<typeof httpApi.getRunCheckpoint>): Promise<Answer> => {
      const { runId } = call.params;
      const question = { runId, ...sessionScope(call.principal) };
      const found = await ask(getRunCheckpoint, question, call, { correlationId: runId });
      if (!found.ok) return { rejection: found.rejection };
      const body = await bodyOf(found.value.resourceId, call);
      return answerOf(body, (value) => okay({ ...found.value, body: value }, found.value.position));
    },
  };
}
export type LifecycleOperations = ReturnType<typeof lifecycleOperations>;
