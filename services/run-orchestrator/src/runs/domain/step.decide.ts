import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import { acknowledge } from './acknowledge-step.decide.ts';
import { startGranted } from './granted-step.decide.ts';
import { limitOf, type Budget } from './budget.ts';
import { amountsBy } from './amounts.ts';
import { hold, refuseHeldStep, startHeldStep } from './held-step.decide.ts';
import { exhausted, roomFor, type Room } from './reservation.ts';
import type { PolicyVerdict, StepCommand, StepFate } from './run.commands.ts';
import { notYourRun, overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import { bearingOf, type Bearing } from './predicates/predicate-tree.ts';
import { denied, starting } from './step.events.ts';
import { isOver, stepOf, type StartedRun, type Step } from './run.ts';
import { currentSubgoal, withinSubgoal } from './subgoals.ts';

type Of<Type extends StepCommand['type']> = Extract<StepCommand, { type: Type }>;
type Event = RunOrchestratorEvent;

/** What becomes of a step: asked for, started, repeated, ended. */
export function decideStep(command: StepCommand, run: StartedRun): RunDecision {
  if (command.type === 'request-step') return requestStep(command, run);
  const step = stepOf(run, command.stepId);
  if (!step) return refuse({ code: 'STEP_NOT_FOUND', detail: `this run has no step ${command.stepId}` });
  switch (command.type) {
    case 'start-held':
      return startHeldStep(command, run, step);
    case 'refuse-held':
      return refuseHeldStep(command, run, step);
    case 'record-fate':
      return recordFate(command, step);
    case 'try-again':
      return tryAgain(command, run, step);
    case 'acknowledge':
      return acknowledge(command, step);
  }
}

/**
 * A step is asked for: started, held for a person, or denied, in one append with its policy decision and its reservation. A known step id
 * with the same content is the same step and adds nothing.
 */
function requestStep(command: Of<'request-step'>, run: StartedRun): RunDecision {
  const refusal = admissionRefusal(command, run);
  if (refusal) return refuse(refusal);
  if (stepOf(run, command.stepId)) return accept();
  const stale = otherPolicy(command.verdict, run);
  if (stale) return refuse(stale);
  const opening = openingOf(command, run);
  const denial = policyRefusal(command.verdict);
  if (denial) return accept<Event>(...opening, denied(command, denial, command.at));
  return admitted(command, withinSubgoal(roomOf(command, run), run), { run, opening });
}

/** A step that waits for a person draws on no pool yet. */
function roomOf({ verdict, reserves, allotment, at }: Of<'request-step'>, run: StartedRun): Room {
  const isHeld = verdict.verdict === 'ask' && !('grant' in verdict);
  const budget = isHeld ? { ...run.budget, pooled: [] } : run.budget;
  return roomFor(budget, { worst: { ...reserves, steps: 1 }, allotment }, at);
}

type Opened = { readonly run: StartedRun; readonly opening: readonly Event[] };

/** A step that policy does not deny, as far as the budget has room for it. */
function admitted(command: Of<'request-step'>, room: Room, { run, opening }: Opened): RunDecision {
  const { stepId, verdict, attempt, at } = command;
  switch (room.kind) {
    case 'refused':
      return accept<Event>(...opening, denied(command, room.rejection, at));
    case 'allotment':
      return refuse({ ...exhausted(run.budget, 'steps'), wanted: room });
    case 'extension': {
      // One approval lets one thing happen: a step that needs a person anyway is refused, and an operator may raise the limit first.
      if (verdict.verdict === 'ask') return accept<Event>(...opening, denied(command, room.rejection, at));
      const { meter, delta, rejection } = room;
      const asked = command.extension?.content.extension;
      if (!command.extension || asked?.meter !== meter || asked.delta !== delta) {
        return refuse({ ...rejection, wanted: { kind: 'extension', meter, delta } });
      }
      return hold(command, command.extension, { run, opening, cause: 'budget', reason: rejection.detail });
    }
    case 'reserved': {
      const start = starting(stepId, { at, attempt, reserved: room.amounts });
      if (verdict.verdict !== 'ask') return accept<Event>(...opening, ...start);
      if ('grant' in verdict) return startGranted(command, verdict.grant, { run, opening, start });
      return hold(command, verdict.approval, { run, opening, cause: 'approval', reason: verdict.reason });
    }
  }
}

/** Why a request is not taken at all: nothing of it is recorded. */
function admissionRefusal(command: Of<'request-step'>, run: StartedRun): Rejection | undefined {
  if (run.sessionId !== command.sessionId || run.agentId !== command.by) return notYourRun;
  const known = stepOf(run, command.stepId);
  if (known) return sameStep(command, known) ? undefined : reusedId(command.stepId);
  if (isOver(run)) return overRefusal(run);
  return run.phase.state === 'paused' ? pausedRefusal(run) : segmentRefusal(run);
}

function segmentRefusal({ segment }: StartedRun): Rejection | undefined {
  if (segment === undefined || segment.used < segment.limit) return undefined;
  const detail = `all ${segment.limit} steps of this segment were started; make a checkpoint, then go on`;
  return { code: 'SEGMENT_ENDED', detail };
}

/** What the step bears on is decided here and recorded: the input that tells it can be erased. */
function openingOf(
  { stepId, capability, input, inputDigest, capabilityDigest, verdict: said, by: requestedBy, at }: Of<'request-step'>,
  run: StartedRun,
): Event[] {
  const { verdict, rule, reason, policy } = said;
  const bears = bearingOf(run.predicate, capability, input);
  const asked = { capability, input, inputDigest, counts: bears.counts.length > 0, ...recorded(bears), requestedBy };
  const subgoal = currentSubgoal(run);
  const forSubgoal = subgoal && {
    subgoal: { subgoalId: subgoal.subgoalId, ...recorded(bearingOf(subgoal.predicate, capability, input)) },
  };
  const checkedBy = capabilityDigest === undefined ? {} : { capabilityDigest };
  return [
    { type: 'step.requested', data: { stepId, at, ...asked, ...checkedBy, ...forSubgoal } },
    { type: 'policy.decided', data: { stepId, at, verdict, rule, reason, policy } },
  ];
}

/** Left out when the step bears on nothing. */
function recorded({ counts, voids }: Bearing) {
  if (counts.length === 0 && voids.length === 0) return {};
  return {
    bears: {
      ...(counts.length > 0 ? { counts: [...counts] } : {}),
      ...(voids.length > 0 ? { voids: [...voids] } : {}),
    },
  };
}

/** The end of an attempt; a late one, or one told twice, adds nothing. A step ends also when its run is over: the fact is a fact. */
function recordFate({ stepId, attempt, fate, at }: Of<'record-fate'>, step: Step): RunDecision {
  if (step.state !== 'started' || step.attempt !== attempt) return accept();
  return accept<Event>(settled({ stepId, at }, fate, step), endOf({ stepId, at, attempt }, fate));
}

/** What is used is what the provider says; of what is not known the whole reservation counts as used. */
function settled(
  base: { stepId: string; at: string },
  fate: StepFate,
  { reserved = { steps: 1 }, attempt }: Step,
): Event {
  const used =
    fate.state === 'unknown' ? reserved : amountsBy((meter) => (meter === 'steps' ? 1 : (fate.usage[meter] ?? 0)));
  const isMoreThanAStep = Object.keys(reserved).length > 1;
  const data = {
    ...base,
    steps: 1,
    bytesIn: 0,
    bytesOut: 0,
    ...used,
    ...(isMoreThanAStep ? { released: reserved } : {}),
  };
  return { type: 'budget.settled', data: attempt > 1 ? { ...data, retriesPerStep: attempt - 1 } : data };
}

function endOf(base: { stepId: string; at: string; attempt: number }, fate: StepFate): Event {
  switch (fate.state) {
    case 'unknown':
      return { type: 'step.unknown', data: { ...base, reason: fate.reason } };
    case 'failed': {
      const { state: _, ...facts } = fate;
      return { type: 'step.failed', data: { ...base, ...facts } };
    }
    case 'succeeded': {
      const { state: _, matches, subgoalMatches, ...facts } = fate;
      const found = {
        ...(matches?.length ? { matches: [...matches] } : {}),
        ...(subgoalMatches?.length ? { subgoalMatches: [...subgoalMatches] } : {}),
      };
      return { type: 'step.succeeded', data: { ...base, ...found, ...facts } };
    }
  }
}

/** An attempt left no trace and may be repeated: another attempt of the same step, within the same reservation, while anybody wants it. */
function tryAgain({ stepId, after, attempt, at }: Of<'try-again'>, run: StartedRun, step: Step): RunDecision {
  if (step.state !== 'started' || step.attempt !== after) return accept();
  if (step.isKilled) return refuse({ code: 'KILLED', detail: 'an operator stopped this step; it is not tried again' });
  if (isOver(run)) return refuse(overRefusal(run));
  if (after >= attemptsOf(run.budget)) return refuse(exhausted(run.budget, 'retriesPerStep'));
  return accept<Event>({ type: 'step.started', data: { stepId, at, attempt: after + 1, ...attempt } });
}

/** Most attempts of one step. Runs of earlier versions, which say nothing of it, have three. */
export const attemptsOf = (budget: Budget): number => 1 + (limitOf(budget, 'retriesPerStep') ?? 2);

/** A verdict of another policy than the run has now is none: whoever asked decides again. */
const otherPolicy = ({ policy }: PolicyVerdict, run: StartedRun): Rejection | undefined =>
  policy.digest === run.policy.digest
    ? undefined
    : {
        code: 'POLICY_VERSION_MISMATCH',
        detail: `the run is decided by ${run.policy.pack} ${run.policy.version} (${run.policy.digest.slice(0, 12)}), which is not known here; an operator can move the run to another pack`,
      };

function policyRefusal({ verdict, rule, policy, reason, allowed }: PolicyVerdict): Rejection | undefined {
  return verdict === 'deny'
    ? { code: 'POLICY_DENIED', detail: reason, rule, policy, allowed: [...allowed] }
    : undefined;
}

const sameStep = (command: Of<'request-step'>, step: Step): boolean =>
  step.capability === command.capability && step.inputDigest === command.inputDigest;

const reusedId = (stepId: string): Rejection => ({
  code: 'STEP_ID_REUSED',
  detail: `step ${stepId} of this run was asked for with another capability or input; use another step id`,
});
