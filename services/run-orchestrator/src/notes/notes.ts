import { MAX_NOTE_BYTES, type getNote, type listNotes, type noteValue } from '@causeway/contracts';
import type { NoteView, ReplyEnvelope, ReplyOf } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { DependencyError, ok, rejected, type Incoming } from '@causeway/messaging';
import { sha256Hex } from '../edge.ts';
import type { Parts } from '../parts.ts';
import { noteOf, type Note, type StartedRun } from '../runs/domain/run.ts';
import type { StepLedger } from '../steps/step-ledger.ts';

type Answer = ReplyEnvelope<NoteView>;

/** What can be asked about the notes of a run. Their values stay in the ledger. */
export function createNotes({ handlers, edge }: Parts, steps: Pick<StepLedger, 'eventAt'>) {
  async function viewOf(run: StartedRun, key: string, { digest, notedBy, at, version }: Note): Promise<NoteView> {
    const { event, position } = await steps.eventAt(run.runId, version);
    if (event.type !== 'run.noted')
      throw new DependencyError('INTERNAL', `event ${version} of ${run.runId} is no note`);
    const { value } = event.data;
    const note = { runId: run.runId, key, value, digest, notedBy, notedAt: at, position };
    return event.erased ? { ...note, erased: true } : note;
  }

  /** The run, when there is one that the caller may see. */
  async function runFor({ runId, sessionId }: { runId: string; sessionId?: string | undefined }) {
    const run = await handlers.runs.load(runId);
    const isVisible = run.kind === 'run' && (sessionId === undefined || sessionId === run.sessionId);
    return isVisible ? ok(run) : rejected('RUN_NOT_FOUND', `there is no run ${runId} here; check the id`);
  }

  return {
    note: async ({ data, meta }: Incoming<typeof noteValue>): Promise<Answer> => {
      const { runId, ...asked } = data;
      const json = canonicalJson(asked.value);
      const sizeBytes = Buffer.byteLength(json);
      if (sizeBytes > MAX_NOTE_BYTES) {
        const message = `is ${sizeBytes} bytes of JSON; at most ${MAX_NOTE_BYTES} are kept`;
        const detail = 'the value of a note is too large; note where it is kept instead';
        return rejected('REQUEST_INVALID', detail, { errors: [{ path: 'value', message }] });
      }
      const command = { type: 'note' as const, ...asked, digest: sha256Hex(json), by: meta.actor.id, at: edge.now() };
      const context = { actor: meta.actor, correlationId: runId, causationId: meta.id };
      const handled = await handlers.runs.handle(runId, command, context);
      if (!handled.accepted) return { ok: false, rejection: handled.rejection };
      const note = handled.state.kind === 'run' ? noteOf(handled.state, asked.key) : undefined;
      if (handled.state.kind === 'none' || !note) throw new Error(`the note ${asked.key}, just taken, is not there`);
      // Noted before: all that a repetition may seal is that the agent was heard of.
      const isNew = handled.events.at(-1)?.type === 'run.noted';
      if (!isNew || handled.position === undefined) return ok(await viewOf(handled.state, asked.key, note));
      const { digest, notedBy, at: notedAt } = note;
      const { key, value } = asked;
      return ok({ runId, key, value, digest, notedBy, notedAt, position: handled.position });
    },
    get: async ({ data }: Incoming<typeof getNote>): Promise<Answer> => {
      const run = await runFor(data);
      if (!run.ok) return run;
      const note = noteOf(run.value, data.key);
      return note
        ? ok(await viewOf(run.value, data.key, note))
        : rejected('NOTE_NOT_FOUND', `the run has no note ${data.key}; note a value first`);
    },
    list: async ({ data }: Incoming<typeof listNotes>): Promise<ReplyEnvelope<ReplyOf<typeof listNotes>>> => {
      const run = await runFor(data);
      if (!run.ok) return run;
      const entries = Object.entries(run.value.notes).sort(([a], [b]) => (a < b ? -1 : 1));
      return ok({ notes: entries.map(([key, { digest, at: notedAt }]) => ({ key, digest, notedAt })) });
    },
  };
}
export type Notes = ReturnType<typeof createNotes>;
