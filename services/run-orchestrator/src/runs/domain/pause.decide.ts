import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import { activeMs, elapsedMs } from './budget.ts';
import { refuseHeldStep } from './held-step.decide.ts';
import type { LifecycleCommand } from './lifecycle.commands.ts';
import { moveRefusal, notYourRun, overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import { doneOf, isOver, stepOf, type StartedRun } from './run.ts';
import { MAX_WAITING, waitingSignal } from './signals.ts';
import { mayMove } from './transitions.ts';
import { isToBeHeard } from './watch.ts';

type Of<Type extends LifecycleCommand['type']> = Extract<LifecycleCommand, { type: Type }>;
type Event = RunOrchestratorEvent;

/** What becomes of a run between its start and its end, besides its steps and claims. */
export function decideLifecycle(command: LifecycleCommand, run: StartedRun): RunDecision {
  switch (command.type) {
    case 'pause':
      return pause(command, run);
    case 'resume':
      return resume(command, run);
    case 'signal':
      return signal(command, run);
    case 'hear':
      return hear(command, run);
    case 'checkpoint':
      return checkpoint(command, run);
    case 'kill-step':
      return killStep(command, run);
  }
}

function pause(command: Of<'pause'>, run: StartedRun): RunDecision {
  const refusal = pauserRefusal(command, run);
  if (refusal) return refuse(refusal);
  const { pauseId, cause, waitsFor, deadlineAt, reason, at } = command;
  if (doneOf(run, pauseId)) return accept();
  const late = isOver(run) ? overRefusal(run) : waitRefusal(run, { deadlineAt, at });
  if (late) return refuse(late);
  const kept = waitingSignal(run.signals, waitsFor);
  if (kept) return accept<Event>(awaited({ pauseId }, kept, at));
  const wallClockUsedMs = activeMs(run.budget, at);
  const why = { ...(waitsFor === undefined ? {} : { waitsFor }), ...(reason === undefined ? {} : { reason }) };
  return accept<Event>({ type: 'run.paused', data: { cause, deadlineAt, wallClockUsedMs, pauseId, ...why, at } });
}

/** Why this is not for the caller to pause, or not so. */
function pauserRefusal({ sessionId, mover, cause }: Of<'pause'>, run: StartedRun): Rejection | undefined {
  const isOwn = run.sessionId === sessionId;
  if (!isOwn && (sessionId !== undefined || mover === 'agent')) return notYourRun;
  if (mover !== 'agent' || cause !== 'operator') return undefined;
  const why = 'an agent pauses its run only to wait for a signal (external-event), or by a checkpoint';
  return moveRefusal({ from: run.phase.state, to: 'paused' }, mover, why);
}

/** Why a run cannot begin to wait now: it waits already, or its wait would be over before it began. */
function waitRefusal(run: StartedRun, { deadlineAt, at }: { deadlineAt: string; at: string }): Rejection | undefined {
  if (run.phase.state === 'paused') return pausedRefusal(run);
  if (elapsedMs(at, deadlineAt) > 0) return undefined;
  return { code: 'PAUSE_REFUSED', detail: `a pause until ${deadlineAt} would be over already; name a later time` };
}

const awaited = (
  base: { readonly pauseId?: string },
  { name, signalId }: { readonly name: string; readonly signalId: string },
  at: string,
): Event => ({ type: 'run.awaited', data: { ...base, name, signalId, at } });

/**
 * An operator ends a pause by hand. What waits for an approval or for a larger budget goes on by that decision alone. A run whose agent claimed
 * completion goes back to work: the claim is refused.
 */
function resume({ resumeId, reason, mover, by, at }: Of<'resume'>, run: StartedRun): RunDecision {
  if (doneOf(run, resumeId)) return accept();
  if (isOver(run)) return refuse(overRefusal(run));
  const { phase } = run;
  const move = { from: phase.state, to: 'active' };
  if (phase.state !== 'paused' || !mayMove('paused', 'active', mover)) return refuse(moveRefusal(move, mover));
  if (phase.cause === 'approval' || phase.cause === 'budget') {
    return refuse(moveRefusal(move, mover, `it waits for the decision about an approval (${phase.cause})`));
  }
  const missing = 'an operator sent the run back to work';
  const sentBack: Event[] =
    phase.cause === 'operator' && run.claimed
      ? [{ type: 'claim.refused', data: { claimedBy: run.agentId, code: 'CLAIM_NOT_PROVEN', missing, at } }]
      : [];
  const why = reason === undefined ? {} : { reason };
  return accept<Event>(...sentBack, { type: 'run.resumed', data: { cause: phase.cause, by, resumeId, ...why, at } });
}

function signal({ signalId, name, data, mover, by, at }: Of<'signal'>, run: StartedRun): RunDecision {
  const known = doneOf(run, signalId);
  if (known) return known.what === name ? accept() : refuse(reusedId(signalId, `the signal «${known.what}»`));
  if (isOver(run)) return refuse(overRefusal(run));
  if (mover !== 'operator' && mover !== 'system') {
    const why = 'only operators and their machines tell a run what happened outside';
    return refuse(moveRefusal({ from: run.phase.state, to: 'active' }, mover, why));
  }
  const said: Event = { type: 'run.signalled', data: { signalId, name, data, by, at } };
  const { phase } = run;
  if (phase.state === 'paused' && phase.waitsFor === name) {
    return accept<Event>(said, { type: 'run.resumed', data: { cause: phase.cause, by, signalId, at } });
  }
  if (run.signals.waiting.length >= MAX_WAITING) {
    const detail = `${run.runId} keeps ${MAX_WAITING} signals that it did not wait for yet, and takes no more until it has`;
    return refuse({ code: 'SIGNALS_FULL', detail });
  }
  return accept(said);
}

function hear({ sessionId, by, at }: Of<'hear'>, run: StartedRun): RunDecision {
  if (run.sessionId !== sessionId) return refuse(notYourRun);
  if (isOver(run)) return refuse(overRefusal(run));
  return accept<Event>(...heard(run, by, at));
}

/** The sign of life that a command of an active run's agent is, when it is time to seal one. */
export const heard = (run: StartedRun, by: string, at: string): Event[] =>
  run.phase.state === 'active' && isToBeHeard(run.watch, at) ? [{ type: 'run.heard', data: { by, at } }] : [];

/** What the agent left, and the pause that follows; a signal that came before is used in place of the pause. */
function checkpoint(command: Of<'checkpoint'>, run: StartedRun): RunDecision {
  const { sessionId, checkpointId, resourceId, sha256, sizeBytes, note, waitsFor, resumeAt, deadlineAt, by, at } =
    command;
  if (run.sessionId !== sessionId) return refuse(notYourRun);
  const known = doneOf(run, checkpointId);
  if (known) return known.what === sha256 ? accept() : refuse(reusedId(checkpointId, 'a checkpoint with another body'));
  if (isOver(run)) return refuse(overRefusal(run));
  const refusal = waitRefusal(run, { deadlineAt: resumeAt ?? deadlineAt, at });
  if (refusal) return refuse(refusal);
  const kept: Event = { type: 'run.checkpointed', data: { checkpointId, resourceId, sha256, sizeBytes, note, by, at } };
  const come = waitingSignal(run.signals, waitsFor);
  if (come) return accept<Event>(kept, awaited({}, come, at));
  const wait = { ...(waitsFor === undefined ? {} : { waitsFor }), ...(resumeAt === undefined ? {} : { resumeAt }) };
  const wallClockUsedMs = activeMs(run.budget, at);
  const paused: Event = { type: 'run.paused', data: { cause: 'checkpoint', deadlineAt, wallClockUsedMs, ...wait, at } };
  return accept<Event>(kept, paused);
}

/** A step that is on its way is marked, so that nobody tries it again; one that waits for a person is denied. */
function killStep({ stepId, killId, mover, by, at }: Of<'kill-step'>, run: StartedRun): RunDecision {
  const step = stepOf(run, stepId);
  if (!step) return refuse({ code: 'STEP_NOT_FOUND', detail: `this run has no step ${stepId}` });
  if (step.state === 'held') {
    const rejection: Rejection = { code: 'KILLED', detail: 'an operator stopped this step before it was approved' };
    return refuseHeldStep({ type: 'refuse-held', stepId, rejection, mover, by, at }, run, step);
  }
  if (step.state !== 'started' || step.isKilled) return accept();
  return accept<Event>({ type: 'step.killed', data: { stepId, killId, at } });
}

const reusedId = (id: string, is: string): Rejection => ({
  code: 'ID_REUSED',
  detail: `${id} stands for ${is} of this run; use another id or another Idempotency-Key`,
});
