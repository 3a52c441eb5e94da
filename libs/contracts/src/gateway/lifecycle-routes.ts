import { z } from 'zod';
import { RunId, SignalName } from '../ids.ts';
import { Json } from '../json.ts';
import {
  Checkpoint,
  CheckpointBody,
  checkpointRun as checkpoint,
  getRunCheckpoint as newest,
  hearAgent as hear,
  pauseRun as pause,
  ResumeOn,
  resumeRun as resume,
  SignalData,
  signalRun as signal,
} from '../run-orchestrator/lifecycle-commands.ts';
import { RunView } from '../run-orchestrator/run-view.ts';
import { AGENTS, OPERATORS, READERS } from './roles.ts';
import { defineRoute, Reason } from './route.ts';

const tag = 'runs';
const params = z.strictObject({ runId: RunId });
const ofARun = { description: 'The run', schema: RunView } as const;
const idempotencyKey = 'The same key is the same command: it changes nothing a second time.';

/** A checkpoint with its body. */
export const CheckpointWithBody = Checkpoint.extend({ body: Json });

export const lifecycleRoutes = {
  pauseRun: defineRoute({
    operationId: 'pauseRun',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/pause',
    summary: 'Pause a run',
    description:
      'Until an operator resumes it, or with the cause `external-event` until the signal `name` comes. An agent pauses its own runs, and for a signal only. A signal that came before is used at once, and the run does not pause. At the deadline a run that still waits fails.',
    roles: ['agent', ...OPERATORS],
    params,
    body: z.strictObject({
      cause: z.enum(['operator', 'external-event']),
      name: SignalName.optional(),
      deadline: z.iso.datetime().optional(),
      reason: Reason.optional(),
    }),
    idempotencyKey,
    responses: { 200: ofARun },
    problems: pause.rejections,
  }),
  resumeRun: defineRoute({
    operationId: 'resumeRun',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/resume',
    summary: 'End a pause by hand',
    description: 'Not a pause for an approval: that ends with the approval.',
    roles: OPERATORS,
    params,
    body: z.strictObject({ reason: Reason.optional() }),
    idempotencyKey,
    responses: { 200: ofARun },
    problems: resume.rejections,
  }),
  signalRun: defineRoute({
    operationId: 'signalRun',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/signal',
    summary: 'Tell a run that something happened outside',
    description: 'A run that waits for it goes on. Otherwise it is kept until the run waits for it, and used once.',
    roles: OPERATORS,
    params,
    body: z.strictObject({ name: SignalName, data: SignalData.optional() }),
    idempotencyKey: 'The same key is the same signal; with another name it is ID_REUSED.',
    responses: { 200: ofARun },
    problems: signal.rejections,
  }),
  heartbeat: defineRoute({
    operationId: 'heartbeat',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/heartbeat',
    summary: 'Give a sign of life',
    description: 'For an agent that thinks long. Every other command of it is one, too.',
    roles: AGENTS,
    params,
    body: z.strictObject({}),
    responses: { 200: ofARun },
    problems: hear.rejections,
  }),
  checkpointRun: defineRoute({
    operationId: 'checkpointRun',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/checkpoint',
    summary: 'Leave what is needed to go on, and pause',
    roles: AGENTS,
    params,
    body: z.strictObject({ body: CheckpointBody, note: z.string().max(4000).optional(), resume: ResumeOn }),
    idempotencyKey: 'The same key names the same checkpoint; with another body it is ID_REUSED.',
    responses: { 200: ofARun },
    problems: checkpoint.rejections,
  }),
  getRunCheckpoint: defineRoute({
    operationId: 'getRunCheckpoint',
    tag,
    method: 'GET',
    path: '/v1/runs/{runId}/checkpoint',
    summary: 'Read the newest checkpoint',
    description: 'What finished steps came to is told by the list of steps with `results=true`.',
    roles: ['agent', ...READERS],
    params,
    responses: { 200: { description: 'The newest checkpoint', schema: CheckpointWithBody } },
    problems: [...newest.rejections, 'RESOURCE_NOT_FOUND'],
  }),
} as const;
