import type { PolicyRef, RunOrchestratorEvent } from '@causeway/contracts';
import { emptyMap, withValue } from '@causeway/eventing';
import { bearingOf, NO_BEARING } from './predicates/predicate-tree.ts';
import { noProof } from './predicates/proof.ts';
import { bearingIn, withProof } from './proof.evolve.ts';
import { amountsIn } from './amounts.ts';
import { evolveSummary, startedSummary } from './run-summary.ts';
import { evolveSignals, NO_SIGNALS } from './signals.ts';
import { stepOf, type Done, type Run, type StartedRun, type Step } from './run.ts';

type Of<Type extends RunOrchestratorEvent['type']> = Extract<RunOrchestratorEvent, { type: Type }>;

/** The run after an event. Never refuses: the past is a fact. */
export function evolve(run: Run, event: RunOrchestratorEvent): Run {
  if (event.type === 'run.started') return startedRun(event);
  if (run.kind === 'none') return run;
  const told = evolveSummary(afterLifeEvent(afterStepEvent(run, event), event), event);
  return { ...withProof(run, told, event), version: run.version + 1 };
}

function startedRun(event: Of<'run.started'>): StartedRun {
  return {
    ...{ kind: 'run', startedBy: event.data.startedBy, ...startedSummary(event) },
    ...(event.erased ? { isGoalErased: true } : {}),
    ...(event.data.occupiesSession ? { occupiesSession: true } : {}),
    ...{ proof: noProof(event.data.predicate), notes: {}, openSteps: 0, steps: emptyMap<Step>() },
    ...{ signals: NO_SIGNALS, done: emptyMap<Done>(), version: 1 },
  };
}

/** What is known by an id of its own: the same command again is the same. */
function afterLifeEvent(run: StartedRun, event: RunOrchestratorEvent): StartedRun {
  const version = run.version + 1;
  const signals = evolveSignals(run.signals, event, version);
  const next = signals === run.signals ? run : { ...run, signals };
  switch (event.type) {
    case 'run.signalled':
      return withDone(next, event.data.signalId, event.data.name);
    case 'run.paused':
    case 'run.awaited':
      return event.data.pauseId === undefined ? next : withDone(next, event.data.pauseId, 'pause');
    case 'run.resumed':
      return event.data.resumeId === undefined ? next : withDone(next, event.data.resumeId, 'resume');
    case 'run.checkpointed':
      return { ...withDone(next, event.data.checkpointId, event.data.sha256), checkpointVersion: version };
    default:
      return next;
  }
}

const withDone = (run: StartedRun, id: string, what: string): StartedRun => ({
  ...run,
  done: withValue(run.done, id, { version: run.version + 1, what }),
});

function afterStepEvent(run: StartedRun, event: RunOrchestratorEvent): StartedRun {
  switch (event.type) {
    case 'step.requested':
      return requested(run, event);
    case 'policy.decided':
      return withStep(run, event.data.stepId, { rule: event.data.rule, policy: samePolicy(run, event.data.policy) });
    case 'step.started': {
      const { stepId, attempt, callId, executor, deadlineAt } = event.data;
      const began = stepOf(run, stepId)?.began ?? run.version + 1;
      return withStep(notHeld(run, stepId), stepId, { state: 'started', attempt, callId, executor, deadlineAt, began });
    }
    case 'budget.reserved':
      return withStep(run, event.data.stepId, { reserved: amountsIn(event.data) });
    case 'step.held': {
      const { stepId, approvalId, digest } = event.data;
      return { ...withStep(run, stepId, { state: 'held', approvalId, digest }), heldStepId: stepId };
    }
    case 'step.denied':
      return withStep(notHeld(run, event.data.stepId), event.data.stepId, { state: 'denied' });
    case 'step.killed':
      return withStep(run, event.data.stepId, { isKilled: true });
    case 'step.failed':
      return withStep(run, event.data.stepId, { state: 'failed' });
    case 'step.unknown':
      return withStep(run, event.data.stepId, { state: 'unknown' });
    case 'step.succeeded':
      return withStep(run, event.data.stepId, { state: 'succeeded' });
    case 'step.acknowledged':
      return acknowledged(run, event);
    default:
      return run;
  }
}

/** One object for all steps of a run, and not one for each. */
const samePolicy = (run: StartedRun, policy: PolicyRef): PolicyRef =>
  run.policy.digest === policy.digest ? run.policy : policy;

/** A later event of the same append says whether it started, is held or was denied. */
function requested(run: StartedRun, { data }: Of<'step.requested'>): StartedRun {
  const { stepId, capability, inputDigest, input } = data;
  const version = run.version + 1;
  const step: Step = {
    ...{ stepId, capability, inputDigest, state: 'started', attempt: 0, rule: '' },
    ...{
      bears: bearingIn(data, () => bearingOf(run.predicate, capability, input)),
      requestedVersion: version,
      version,
    },
    ...(data.subgoal
      ? { subgoal: { ...data.subgoal, bears: bearingIn({ ...data.subgoal, counts: false }, nothing) } }
      : {}),
  };
  return { ...run, steps: withValue(run.steps, stepId, step) };
}

const nothing = () => NO_BEARING;

/** Not an outcome: the step's newest event, from which its outcome is told, stays the one before. */
function acknowledged(run: StartedRun, { data: { stepId, finding } }: Of<'step.acknowledged'>): StartedRun {
  const step = stepOf(run, stepId);
  return step ? { ...run, steps: withValue(run.steps, stepId, { ...step, finding }) } : run;
}

function notHeld(run: StartedRun, stepId: string): StartedRun {
  if (run.heldStepId !== stepId) return run;
  const { heldStepId: _, ...rest } = run;
  return rest;
}

function withStep(run: StartedRun, stepId: string, change: Partial<Step>): StartedRun {
  const step = stepOf(run, stepId);
  if (!step) return run;
  return { ...run, steps: withValue(run.steps, stepId, { ...step, ...change, version: run.version + 1 }) };
}
