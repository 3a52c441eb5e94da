import {
  addSubgoals,
  getNote,
  listNotes,
  noteValue,
  type httpApi,
  type NoteView,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { sessionScope } from '../identity/principal.ts';
import { ownSession } from '../runs/own-session.ts';

const note = (reply: ReplyEnvelope<NoteView>): Answer => answerOf(reply, (view) => okay(view, view.position));

/** What the routes of subgoals and notes do. */
export function goalOperations(ask: Ask) {
  return {
    addSubgoals: async ({ params: { runId }, body, ...call }: Call<typeof httpApi.addSubgoals>): Promise<Answer> => {
      const reply = await ask(addSubgoals, { runId, ...body }, call, { correlationId: runId });
      return answerOf(reply, (view) => okay(view, view.position));
    },
    listNotes: async ({ params: { runId }, ...call }: Call<typeof httpApi.listNotes>): Promise<Answer> => {
      const question = { runId, ...sessionScope(call.principal) };
      return answerOf(await ask(listNotes, question, call, { correlationId: runId }), okay);
    },
    getNote: async ({ params, ...call }: Call<typeof httpApi.getNote>): Promise<Answer> => {
      const question = { ...params, ...sessionScope(call.principal) };
      return note(await ask(getNote, question, call, { correlationId: params.runId }));
    },
    noteValue: async ({ params, body, ...call }: Call<typeof httpApi.noteValue>): Promise<Answer> => {
      const asked = { ...params, ...body, sessionId: ownSession(call.principal) };
      return note(await ask(noteValue, asked, call, { correlationId: params.runId }));
    },
  };
}
export type GoalOperations = ReturnType<typeof goalOperations>;
