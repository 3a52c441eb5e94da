import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider } from '@causeway/eventing';
import { judge } from './predicate.ts';
import type { RunCommand } from './run.commands.ts';
import { overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import { activeMs, elapsedMs, evolve, noRun, type Run, type StartedRun } from './run.ts';
import { refuseHeldStep, recordFate, requestStep, startHeldStep, tryAgain } from './step.decide.ts';
import { mayMove, type Mover } from './transitions.ts';

/** The rules of a run, as pure functions over plain data. */
export const runDecider: Decider<Run, RunCommand, RunOrchestratorEvent, Rejection> = { initialState: noRun, decide, evolve };

function decide(command: RunCommand, run: Run): RunDecision {
  if (command.type === 'start') return start(command, run);
  if (run.kind === 'none') return refuse({ code: 'RUN_NOT_FOUND', detail: 'there is no such run; check the id, or start one' });
  switch (command.type) {
    case 'request-step':
      return requestStep(command, run);
    case 'record-fate':
      return recordFate(command, run);
    case 'try-again':
      return tryAgain(command, run);
    case 'start-held':
      return startHeldStep(command, run);
    case 'refuse-held':
      return refuseHeldStep(command, run);
    case 'claim':
      return claim(command, run);
    case 'complete':
      return complete(command, run);
    case 'cancel':
      return cancel(command, run);
    case 'tick':
      return tick(command.at, run);
  }
}

type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>;

function start({ type: _, ...command }: Of<'start'>, run: Run): RunDecision {
  if (run.kind === 'none') {
    const { by: startedBy, ...facts } = command;
    return accept<RunOrchestratorEvent>({ type: 'run.started', data: { ...facts, startedBy } });
  }
  const same = run.sessionId === command.sessionId && run.goal === command.goal && sameJson(run.predicate, command.predicate) && sameJson(run.limits, command.budget);
  if (same) return accept();
  return refuse({ code: 'RUN_ALREADY_STARTED', detail: `${run.runId} was started with other content; use another id or another Idempotency-Key` });
}

function claim(command: Of<'claim'>, run: StartedRun): RunDecision {
  if (run.sessionId !== command.sessionId) return refuse({ code: 'RUN_NOT_FOUND', detail: 'this session has no such run' });
  if (run.phase.state === 'done') return accept();
  if (run.phase.state === 'paused') return refuse(pausedRefusal(run));
  if (run.phase.state !== 'active') return refuse(overRefusal(run));
  const { by: claimedBy, note, at } = command;
  const claimed: RunOrchestratorEvent = { type: 'run.claimed', data: { claimedBy, note, at } };
  const wallClockUsedMs = activeMs(run, at);
  if (run.predicate.kind === 'manual') {
    const pause = { cause: 'operator' as const, deadlineAt: command.pauseDeadlineAt, wallClockUsedMs, at };
    return accept<RunOrchestratorEvent>(claimed, { type: 'run.paused', data: pause });
  }
  const judgement = judge(run.predicate, run.proof);
  if (judgement.proven) {
    const data = { verifiedBy: `predicate:${run.predicate.kind}`, evidence: [...judgement.evidence], wallClockUsedMs, at };
    return accept<RunOrchestratorEvent>(claimed, { type: 'run.done', data });
  }
  const refused = { claimedBy, code: 'CLAIM_NOT_PROVEN', missing: judgement.missing, at };
  return accept<RunOrchestratorEvent>(claimed, { type: 'claim.refused', data: refused });
}

function complete({ by, reason, at }: Of<'complete'>, run: StartedRun): RunDecision {
  if (run.phase.state === 'done') return accept();
  const waitsForOperator = run.phase.state === 'paused' && run.phase.cause === 'operator' && run.predicate.kind === 'manual';
  if (!waitsForOperator) return refuse(cannotMove(run, 'done', 'operator', 'a run is completed by hand only after its agent claimed completion and its predicate is «manual»'));
  return accept<RunOrchestratorEvent>({ type: 'run.done', data: { verifiedBy: by, evidence: [reason], wallClockUsedMs: run.usedMs, at } });
}

function cancel({ sessionId, mover, by, reason, at }: Of<'cancel'>, run: StartedRun): RunDecision {
  if (sessionId !== undefined && run.sessionId !== sessionId) return refuse({ code: 'RUN_NOT_FOUND', detail: 'this session has no such run' });
  if (run.phase.state === 'cancelled') return accept();
  if (!mayMove(run.phase.state, 'cancelled', mover)) return refuse(cannotMove(run, 'cancelled', mover, 'it is over'));
  return accept<RunOrchestratorEvent>({ type: 'run.cancelled', data: { cancelledBy: by, reason, wallClockUsedMs: activeMs(run, at), at } });
}

/** Deadlines: a run out of time fails, and so does one whose pause nobody ended. A pause for an approval ends with the approval instead. */
function tick(at: string, run: StartedRun): RunDecision {
  const wallClockUsedMs = activeMs(run, at);
  if (run.phase.state === 'active' && wallClockUsedMs >= run.limits.wallClockMs) {
    const reason = `the run was active for ${run.limits.wallClockMs} ms, all its budget allows`;
    return accept<RunOrchestratorEvent>({ type: 'run.failed', data: { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', reason, wallClockUsedMs, at } });
  }
  if (run.phase.state === 'paused' && run.phase.cause !== 'approval' && elapsedMs(run.phase.deadlineAt, at) >= 0) {
    const reason = `nobody ended the pause (${run.phase.cause}) by ${run.phase.deadlineAt}`;
    return accept<RunOrchestratorEvent>({ type: 'run.failed', data: { code: 'RUN_PAUSE_EXPIRED', reason, wallClockUsedMs, at } });
  }
  return accept();
}

function cannotMove(run: StartedRun, to: 'done' | 'cancelled', mover: Mover, why: string): Rejection {
  return { code: 'RUN_TRANSITION_REFUSED', detail: `${run.runId} is ${run.phase.state}; ${mover} cannot make it ${to}: ${why}` };
}

const sameJson = (a: unknown, b: unknown): boolean => sortedJson(a) === sortedJson(b);
function sortedJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${key}:${sortedJson(inner)}`).join(',')}}`;
}
