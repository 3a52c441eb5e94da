import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';
import { CheckpointId, KillId, PauseId, ResourceId, RunId, SessionId, SignalId, SignalName } from '../ids.ts';
import { Json, JsonObject } from '../json.ts';
import { KillTarget, KillView } from './kill.ts';
import { RunView } from './run-view.ts';

const owner = 'run-orchestrator';
const Reason = z.string().min(1).max(1000);

/** Bytes of a checkpoint's body as JSON text in UTF-8. */
export const MAX_CHECKPOINT_BYTES = 262_144;
/** Bytes of a signal's data as JSON text in UTF-8. */
export const MAX_SIGNAL_BYTES = 16_384;

const atMost = (bytes: number) => (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length <= bytes;
export const CheckpointBody = Json.refine(
  atMost(MAX_CHECKPOINT_BYTES),
  `must be at most ${MAX_CHECKPOINT_BYTES} bytes of JSON`,
);
export const SignalData = JsonObject.refine(
  atMost(MAX_SIGNAL_BYTES),
  `must be at most ${MAX_SIGNAL_BYTES} bytes of JSON`,
);

/** What ends the pause after a checkpoint: an operator by hand (who may end it in any case), a signal, or the clock. */
export const ResumeOn = z.union([
  z.literal('manual'),
  z.strictObject({ event: SignalName }),
  z.strictObject({ at: z.iso.datetime() }),
]);
export type ResumeOn = z.infer<typeof ResumeOn>;

/**
 * Pauses a run. An operator pauses it until somebody resumes it, or until a signal comes; an agent, which names its session, only until a
 * signal comes. At the deadline a run that still waits fails; left out, the policy pack says when that is.
 */
export const pauseRun = defineCommand({
  owner,
  name: 'pause-run',
  data: z.strictObject({
    runId: RunId,
    sessionId: SessionId.optional(),
    pauseId: PauseId,
    cause: z.enum(['operator', 'external-event']),
    /** The signal to wait for: with the cause `external-event`, and only then. */
    name: SignalName.optional(),
    deadline: z.iso.datetime().optional(),
    reason: Reason.optional(),
  }),
  reply: RunView,
  rejections: [
    'RUN_NOT_FOUND',
    'RUN_NOT_ACTIVE',
    'RUN_PAUSED',
    'RUN_TRANSITION_REFUSED',
    'PAUSE_REFUSED',
    'LEDGER_UNAVAILABLE',
  ],
});

/** An operator ends a pause by hand. One for an approval ends with the approval only. */
export const resumeRun = defineCommand({
  owner,
  name: 'resume-run',
  data: z.strictObject({ runId: RunId, resumeId: PauseId, reason: Reason.optional() }),
  reply: RunView,
  rejections: ['RUN_NOT_FOUND', 'RUN_NOT_ACTIVE', 'RUN_TRANSITION_REFUSED', 'LEDGER_UNAVAILABLE'],
});

/** Something happened outside. A run that waits for it goes on; otherwise it is kept until the run waits for it. */
export const signalRun = defineCommand({
  owner,
  name: 'signal-run',
  data: z.strictObject({ runId: RunId, signalId: SignalId, name: SignalName, data: SignalData.default({}) }),
  reply: RunView,
  rejections: ['RUN_NOT_FOUND', 'RUN_NOT_ACTIVE', 'SIGNALS_FULL', 'ID_REUSED', 'LEDGER_UNAVAILABLE'],
});

/** A sign of life of an agent that thinks long. Every command of the agent that is taken is one. */
export const hearAgent = defineCommand({
  owner,
  name: 'hear-agent',
  data: z.strictObject({ runId: RunId, sessionId: SessionId }),
  reply: RunView,
  rejections: ['RUN_NOT_FOUND', 'RUN_NOT_ACTIVE', 'LEDGER_UNAVAILABLE'],
});

/** The agent leaves what it needs to go on, and its run pauses. The body is kept before the ledger names it. */
export const checkpointRun = defineCommand({
  owner,
  name: 'checkpoint-run',
  data: z.strictObject({
    runId: RunId,
    sessionId: SessionId,
    checkpointId: CheckpointId,
    body: CheckpointBody,
    note: z.string().max(4000).default(''),
    resume: ResumeOn,
  }),
  reply: RunView,
  rejections: [
    'RUN_NOT_FOUND',
    'RUN_NOT_ACTIVE',
    'RUN_PAUSED',
    'PAUSE_REFUSED',
    'ID_REUSED',
    'RESOURCE_TOO_LARGE',
    'LEDGER_UNAVAILABLE',
  ],
});

/** A run's newest checkpoint, as far as the ledger tells of it; the body is the resource. */
export const Checkpoint = z.strictObject({
  runId: RunId,
  checkpointId: CheckpointId,
  resourceId: ResourceId,
  sha256: z.string(),
  sizeBytes: z.int().min(0),
  note: z.string(),
  at: z.string(),
  /** Signals that the run waited for and got, oldest first: at most the newest 20. */
  signals: z.array(z.strictObject({ signalId: SignalId, name: SignalName, data: JsonObject, at: z.string() })),
  position: z.int().min(0),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

export const getRunCheckpoint = defineQuery({
  owner,
  name: 'get-run-checkpoint',
  data: z.strictObject({ runId: RunId, sessionId: SessionId.optional() }),
  reply: Checkpoint,
  rejections: ['RUN_NOT_FOUND', 'RUN_CHECKPOINT_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

/** Stops a step, a run, a session, an agent or everything. Sealed first; what is on its way is stopped after that. */
export const pullKill = defineCommand({
  owner,
  name: 'pull-kill',
  data: z.strictObject({ killId: KillId, target: KillTarget, reason: Reason }),
  reply: KillView,
  rejections: ['RUN_NOT_FOUND', 'STEP_NOT_FOUND', 'SESSION_NOT_FOUND', 'ID_REUSED', 'LEDGER_UNAVAILABLE'],
});

/** Ends a kill of an agent or of everything. What it stopped stays stopped. */
export const liftKill = defineCommand({
  owner,
  name: 'lift-kill',
  data: z.strictObject({ killId: KillId, reason: Reason }),
  reply: KillView,
  rejections: ['KILL_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

/** Newest first; at most 200. */
export const listKills = defineQuery({
  owner,
  name: 'list-kills',
  data: z.strictObject({}),
  reply: z.strictObject({ kills: z.array(KillView) }),
  rejections: ['LEDGER_UNAVAILABLE'],
});
