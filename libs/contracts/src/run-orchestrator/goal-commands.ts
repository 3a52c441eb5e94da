import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';
import { PrincipalId, RunId, SessionId, Sha256Hex } from '../ids.ts';
import { NoteKey, Scalar } from './predicates.ts';
import { RunView } from './run-view.ts';
import { Subgoals } from './subgoal.ts';

const owner = 'run-orchestrator';

/** Most notes that one run can keep, and most bytes of one value as JSON. */
export const MAX_NOTES = 256;
export const MAX_NOTE_BYTES = 1_024;

/** Puts further subgoals at the end of a run's queue. Those that are there already, with the same content, are left where they are. */
export const addSubgoals = defineCommand({
  owner,
  name: 'add-subgoals',
  data: z.strictObject({ runId: RunId, subgoals: Subgoals }),
  reply: RunView,
  rejections: [
    'RUN_NOT_FOUND',
    'RUN_NOT_ACTIVE',
    'ROLE_REQUIRED',
    'SUBGOAL_ID_REUSED',
    'SUBGOALS_FULL',
    'CAPABILITY_UNKNOWN',
    'PREDICATE_PROVES_NOTHING',
    'LEDGER_UNAVAILABLE',
  ],
});

/** A value that the agent of a run noted for itself. */
export const NoteView = z.strictObject({
  runId: RunId,
  key: NoteKey,
  value: Scalar,
  /** SHA-256 over the value as JSON. */
  digest: Sha256Hex,
  notedBy: PrincipalId,
  notedAt: z.string(),
  /** The value was erased: a placeholder stands in its place. */
  erased: z.literal(true).optional(),
  position: z.int().min(0),
});
export type NoteView = z.infer<typeof NoteView>;

/** The agent notes a value under a name in its own run; the newest value of a name stands. */
export const noteValue = defineCommand({
  owner,
  name: 'note-value',
  data: z.strictObject({ runId: RunId, sessionId: SessionId, key: NoteKey, value: Scalar }),
  reply: NoteView,
  rejections: ['RUN_NOT_FOUND', 'RUN_NOT_ACTIVE', 'RUN_PAUSED', 'NOTES_FULL', 'LEDGER_UNAVAILABLE'],
});

/** `sessionId` is given when an agent asks: it sees the notes of its own runs only. */
export const getNote = defineQuery({
  owner,
  name: 'get-note',
  data: z.strictObject({ runId: RunId, sessionId: SessionId.optional(), key: NoteKey }),
  reply: NoteView,
  rejections: ['RUN_NOT_FOUND', 'NOTE_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

/** The names of a run's notes, in the order of their alphabet. */
export const listNotes = defineQuery({
  owner,
  name: 'list-notes',
  data: z.strictObject({ runId: RunId, sessionId: SessionId.optional() }),
  reply: z.strictObject({ notes: z.array(z.strictObject({ key: NoteKey, digest: Sha256Hex, notedAt: z.string() })) }),
  rejections: ['RUN_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});
