import {
  keepResult,
  type checkpointRun,
  type Checkpoint,
  type getRunCheckpoint,
  type hearAgent,
  type pauseRun,
  type ReplyEnvelope,
  type resumeRun,
  type ResumeOn,
  type RunView,
  type signalRun,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import { bodyIdOf, later, sha256Hex } from '../edge.ts';
import { lastPosition } from '../last-position.ts';
import type { Parts } from '../parts.ts';
import { sealingProblem } from '../sealable.ts';
import type { StepLedger } from '../steps/step-ledger.ts';
import type { RunCommand } from './domain/run.commands.ts';
import { doneOf, type StartedRun } from './domain/run.ts';
import { runViewOf } from './run-view.ts';

type Meta = Incoming<typeof pauseRun>['meta'];
type Answer = ReplyEnvelope<RunView>;

const KEEP_WITHIN_MS = 10_000;
const RESEND_MS = 3_000;
/** As a resource names what made it. */
const CHECKPOINT = 'run.checkpoint';

/** What can be asked about the life of a run between its start and its end. */
export function createLifecycle(parts: Parts, steps: StepLedger) {
  const { handlers, policies, edge, ledger, bus, executor } = parts;

  async function handle(runId: string, command: RunCommand, meta: Meta): Promise<Answer> {
    const context = { actor: meta.actor, correlationId: runId, causationId: meta.id };
    const handled = await handlers.runs.handle(runId, command, context);
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    const { state: run } = handled;
    if (run.kind === 'none') throw new Error('a run that took a command is not there');
    const position = handled.position ?? (await lastPosition(ledger, runId, run.version));
    return ok(runViewOf(run, position, edge.now()));
  }

  /** The end of a pause that was asked for; a rejection when policy does not let a run wait that long. */
  function deadlineOf(runId: string, asked: string | undefined, at: string) {
    const { defaultPauseMs, maxPauseMs } = policies.likely(runId).pack.runs;
    const latest = later(at, maxPauseMs);
    const deadline = asked === undefined ? later(at, defaultPauseMs) : new Date(asked).toISOString();
    if (deadline <= latest) return ok(deadline);
    return rejected('PAUSE_REFUSED', `policy lets a run wait until ${latest} at the latest, not until ${deadline}`);
  }

  async function pause({ data, meta }: Incoming<typeof pauseRun>): Promise<Answer> {
    const { runId, deadline: asked, name: waitsFor, ...pausing } = data;
    if ((data.cause === 'external-event') !== (waitsFor !== undefined)) {
      const message = 'is needed with the cause external-event, and only then';
      return rejected('REQUEST_INVALID', 'a pause for an external event names it', {
        errors: [{ path: 'name', message }],
      });
    }
    const at = edge.now();
    const deadline = deadlineOf(runId, asked, at);
    if (!deadline.ok) return deadline;
    const command = { type: 'pause' as const, ...pausing, waitsFor, deadlineAt: deadline.value };
    return handle(runId, { ...command, mover: meta.actor.kind, by: meta.actor.id, at }, meta);
  }

  /** Keeps a body as a resource of the run, labelled as what it may hold: text from outside. */
  async function keep({ data }: Incoming<typeof checkpointRun>, json: string) {
    const { runId, sessionId, checkpointId } = data;
    const resourceId = bodyIdOf(checkpointId);
    const kept = { resourceId, sessionId, runId, stepId: checkpointId, capability: CHECKPOINT, json, untrusted: true };
    const meta = { id: `${checkpointId}-body`, actor: { kind: 'system' as const, id: executor }, correlationId: runId };
    return bus.request(keepResult, kept, meta, { timeoutMs: KEEP_WITHIN_MS, attemptMs: RESEND_MS });
  }

  async function checkpoint(asked: Incoming<typeof checkpointRun>): Promise<Answer> {
    const { body, runId, sessionId, checkpointId, note, resume } = asked.data;
    const run = await handlers.runs.load(runId);
    if (run.kind === 'none' || run.sessionId !== sessionId) return noRun(runId);
    const problem = sealingProblem(body);
    if (problem) return rejected('REQUEST_INVALID', 'the body cannot be kept: see errors', { errors: [problem] });
    const at = edge.now();
    const { waitsFor, resumeAt } = waitOf(resume);
    const deadline = deadlineOf(runId, resumeAt, at);
    if (!deadline.ok) return deadline;
    const json = JSON.stringify(body);
    const kept = { resourceId: bodyIdOf(checkpointId), sha256: sha256Hex(json), sizeBytes: Buffer.byteLength(json) };
    // The resource is found by the checkpoint's id: another body under the same id must not take its place.
    const known = doneOf(run, checkpointId);
    const stored = known && known.what !== kept.sha256 ? undefined : await keep(asked, json);
    if (stored && !stored.ok) return { ok: false, rejection: stored.rejection };
    const { defaultPauseMs } = policies.likely(runId).pack.runs;
    const wait = { waitsFor, resumeAt, deadlineAt: later(deadline.value, resumeAt === undefined ? 0 : defaultPauseMs) };
    const command = { type: 'checkpoint' as const, sessionId, checkpointId, ...kept, note, ...wait };
    return handle(runId, { ...command, by: asked.meta.actor.id, at }, asked.meta);
  }

  async function newest(run: StartedRun): Promise<ReplyEnvelope<Checkpoint>> {
    const { runId, checkpointVersion } = run;
    const recorded = checkpointVersion === undefined ? undefined : await steps.eventAt(runId, checkpointVersion);
    if (recorded?.event.type !== 'run.checkpointed') {
      return rejected('RUN_CHECKPOINT_NOT_FOUND', `${runId} has no checkpoint yet; begin at the beginning`);
    }
    const { checkpointId, resourceId, sha256, sizeBytes, note, at } = recorded.event.data;
    const told = await Promise.all(run.signals.used.map(({ version }) => steps.eventAt(runId, version)));
    const signals = told.flatMap(({ event }) => {
      if (event.type !== 'run.signalled') return [];
      const { signalId, name, data } = event.data;
      return [{ signalId, name, data, at: event.data.at }];
    });
    const { position } = recorded;
    return ok({ runId, checkpointId, resourceId, sha256, sizeBytes, note, at, signals, position });
  }

  return {
    pause,
    checkpoint,
    resume: ({ data: { runId, ...resuming }, meta }: Incoming<typeof resumeRun>): Promise<Answer> => {
      const command = { type: 'resume' as const, ...resuming, mover: meta.actor.kind };
      return handle(runId, { ...command, by: meta.actor.id, at: edge.now() }, meta);
    },
    signal: ({ data: { runId, ...said }, meta }: Incoming<typeof signalRun>): Promise<Answer> => {
      const command = { type: 'signal' as const, ...said, mover: meta.actor.kind };
      return handle(runId, { ...command, by: meta.actor.id, at: edge.now() }, meta);
    },
    hear: ({ data: { runId, sessionId }, meta }: Incoming<typeof hearAgent>): Promise<Answer> =>
      handle(runId, { type: 'hear', sessionId, by: meta.actor.id, at: edge.now() }, meta),
    newestCheckpoint: async ({ data }: Incoming<typeof getRunCheckpoint>): Promise<ReplyEnvelope<Checkpoint>> => {
      const run = await handlers.runs.load(data.runId);
      const isVisible = run.kind === 'run' && (data.sessionId === undefined || run.sessionId === data.sessionId);
      return isVisible ? newest(run) : noRun(data.runId);
    },
  };
}
export type Lifecycle = ReturnType<typeof createLifecycle>;

function waitOf(resume: ResumeOn): { readonly waitsFor?: string; readonly resumeAt?: string } {
  if (resume === 'manual') return {};
  return 'event' in resume ? { waitsFor: resume.event } : { resumeAt: new Date(resume.at).toISOString() };
}

const noRun = (runId: string) => rejected('RUN_NOT_FOUND', `there is no run ${runId} here; check the id`);
