import { z } from 'zod';
import { RunId } from '../ids.ts';
import {
  addSubgoals as add,
  getNote as get,
  listNotes as list,
  noteValue,
  NoteView,
} from '../run-orchestrator/goal-commands.ts';
import { NoteKey, Scalar } from '../run-orchestrator/predicates.ts';
import { RunView } from '../run-orchestrator/run-view.ts';
import { Subgoals } from '../run-orchestrator/subgoal.ts';
import { AGENTS, OPERATORS, READERS } from './roles.ts';
import { defineRoute } from './route.ts';

const params = z.strictObject({ runId: RunId });
const ofANote = { description: 'The note', schema: NoteView } as const;

export const goalRoutes = {
  addSubgoals: defineRoute({
    operationId: 'addSubgoals',
    tag: 'runs',
    method: 'POST',
    path: '/v1/runs/{runId}/subgoals',
    summary: 'Add subgoals to a run',
    description:
      'They are taken up in order, after those that the run has. The same ids with the same content add nothing.',
    roles: OPERATORS,
    params,
    body: z.strictObject({ subgoals: Subgoals }),
    responses: { 200: { description: 'The run', schema: RunView } },
    problems: add.rejections,
  }),
  listNotes: defineRoute({
    operationId: 'listNotes',
    tag: 'notes',
    method: 'GET',
    path: '/v1/runs/{runId}/state',
    summary: 'List the names of the notes of a run',
    roles: ['agent', ...READERS],
    params,
    responses: { 200: { description: 'The names, with the digest of each value', schema: list.reply } },
    problems: list.rejections,
  }),
  getNote: defineRoute({
    operationId: 'getNote',
    tag: 'notes',
    method: 'GET',
    path: '/v1/runs/{runId}/state/{key}',
    summary: 'Read a note',
    roles: ['agent', ...READERS],
    params: z.strictObject({ runId: RunId, key: NoteKey }),
    responses: { 200: ofANote },
    problems: get.rejections,
  }),
  noteValue: defineRoute({
    operationId: 'noteValue',
    tag: 'notes',
    method: 'PUT',
    path: '/v1/runs/{runId}/state/{key}',
    summary: 'Note a value',
    description:
      'The agent of a run notes a text, whole number, true or false for itself; the newest value of a name stands.',
    roles: AGENTS,
    params: z.strictObject({ runId: RunId, key: NoteKey }),
    body: z.strictObject({ value: Scalar }),
    responses: { 200: ofANote },
    problems: noteValue.rejections,
  }),
} as const;
