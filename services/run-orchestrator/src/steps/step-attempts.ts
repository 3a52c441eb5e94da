import { CAPABILITIES, readStream, type CapabilityContract, type JsonObject, type StepGrant, type StepOutcome } from '@causeway/contracts';
import { DependencyError } from '@causeway/messaging';
import { callIdOf, later } from '../edge.ts';
import type { Parts } from '../parts.ts';
import type { Attempt, StepFate } from '../runs/domain/run.commands.ts';
import { stepOf, type StartedRun, type Step } from '../runs/domain/run.ts';
import { callProvider, type CallEnd } from './call-provider.ts';
import { asStepEvent, outcomeOf, type StepEvent } from './outcome.ts';
import { recoverLostCall } from './recover.ts';

/** Most attempts of a step that may be repeated. */
export const MAX_ATTEMPTS = 3;

/** A step that has started, and what it is executed with. */
export type Running = {
  readonly run: StartedRun;
  readonly step: Step;
  readonly capability: CapabilityContract;
  readonly input: JsonObject;
};

export type StepAttempts = ReturnType<typeof stepAttempts>;

/**
 * Carries started steps to their end: call the provider, seal the fate, answer. Every step in the hands of this process is known here, so that
 * a second request for it joins the first.
 */
export function stepAttempts(parts: Parts) {
  const { handlers, policy, edge, bus, executor } = parts;
  const inHand = new Map<string, Promise<StepOutcome>>();
  const keyOf = (runId: string, stepId: string) => `${runId}/${stepId}`;

  /** The next attempt of a step: its call id, and until when its provider may work on it. */
  function attemptOf(runId: string, stepId: string, next: { number: number; owner: string; at: string }): Attempt {
    const deadlineAt = later(next.at, policy.pack.egress.timeoutMs);
    return { callId: callIdOf(runId, stepId, next.number), executor, owner: next.owner, deadlineAt };
  }

  function grantFor({ run, step }: Running): StepGrant {
    return {
      ...{ callId: step.callId!, sessionId: run.sessionId, agentId: run.agentId, runId: run.runId, stepId: step.stepId },
      ...{ attempt: step.attempt, rule: step.rule, policy: policy.ref, deadlineAt: step.deadlineAt! },
      ...{ byteAllowance: policy.pack.egress.maxResponseBytes, inputDigest: step.inputDigest },
    };
  }

  async function seal(running: Running, fate: StepFate): Promise<StepOutcome> {
    const { run, step } = running;
    const at = edge.now();
    const command = { type: 'record-fate' as const, stepId: step.stepId, attempt: step.attempt, fate, at };
    const handled = await handlers.runs.handle(run.runId, command, { actor: { kind: 'system', id: executor }, correlationId: run.runId });
    if (!handled.accepted || handled.state.kind === 'none') throw new DependencyError('INTERNAL', `the fate of step ${step.stepId} was not taken`);
    const ended = stepOf(handled.state, step.stepId)!;
    const event = handled.events.at(-1);
    if (event === undefined || handled.position === undefined) return outcomeFromLedger(handled.state, ended);
    return outcomeOf(handled.state, ended, { event, position: handled.position }, at);
  }

  /** The same step, tried once more under another call id; its state afterwards. */
  async function tryAgain(running: Running): Promise<Running | undefined> {
    const { run, step, capability } = running;
    const at = edge.now();
    const attempt = attemptOf(run.runId, step.stepId, { number: step.attempt + 1, owner: capability.owner, at });
    const command = { type: 'try-again' as const, stepId: step.stepId, after: step.attempt, attempt, at };
    const handled = await handlers.runs.handle(run.runId, command, { actor: { kind: 'system', id: executor }, correlationId: run.runId });
    if (!handled.accepted || handled.events.length === 0 || handled.state.kind === 'none') return undefined;
    return { ...running, run: handled.state, step: stepOf(handled.state, step.stepId)! };
  }

  async function carry(running: Running, callFirst: boolean): Promise<StepOutcome> {
    let current = running;
    for (;;) {
      const end: CallEnd = callFirst ? await callProvider(bus, { ...current, grant: grantFor(current) }) : LOST;
      const fate = end.state === 'lost' ? await recoverLostCall(parts, current, { end, grant: grantFor(current) }) : end;
      if (fate !== 'try-again') return seal(current, fate);
      const next = await tryAgain(current);
      if (!next) return outcomeNow(current.run.runId, current.step.stepId);
      current = next;
      callFirst = true;
    }
  }

  function keepInHand(running: Running, work: Promise<StepOutcome>): Promise<StepOutcome> {
    const key = keyOf(running.run.runId, running.step.stepId);
    inHand.set(key, work);
    return work.finally(() => inHand.delete(key));
  }

  async function readEvent(runId: string, version: number): Promise<StepEvent> {
    const meta = { id: `read-${runId}-${version}`, actor: { kind: 'system' as const, id: executor } };
    const reply = await bus.request(readStream, { stream: runId, fromVersion: version, limit: 1 }, meta, { attemptMs: 2_000 });
    const recorded = reply.ok ? reply.value.events[0] : undefined;
    if (!recorded) throw new DependencyError('LEDGER_UNAVAILABLE', `event ${version} of ${runId} could not be read; ask again`);
    return asStepEvent(recorded);
  }

  async function outcomeFromLedger(run: StartedRun, step: Step): Promise<StepOutcome> {
    return outcomeOf(run, step, await readEvent(run.runId, step.version), edge.now());
  }

  /** The outcome as the ledger has it now. */
  async function outcomeNow(runId: string, stepId: string): Promise<StepOutcome> {
    const run = await handlers.runs.load(runId);
    const step = run.kind === 'run' ? stepOf(run, stepId) : undefined;
    if (run.kind === 'none') throw new DependencyError('RUN_NOT_FOUND', 'there is no such run');
    if (!step) throw new DependencyError('STEP_NOT_FOUND', `this run has no step ${stepId}`);
    return outcomeFromLedger(run, step);
  }

  /** What a started step is executed with, read back from the ledger. */
  async function runningFromLedger(run: StartedRun, step: Step): Promise<Running> {
    const { event } = await readEvent(run.runId, step.requestedVersion);
    if (event.type !== 'step.requested') throw new DependencyError('INTERNAL', `event ${step.requestedVersion} of ${run.runId} is not a step's request`);
    const capability = CAPABILITIES.get(step.capability);
    if (!capability) throw new DependencyError('CAPABILITY_UNKNOWN', `${step.capability} is not known to this version`);
    return { run, step, capability, input: event.data.input };
  }

  return {
    attemptOf,
    outcomeNow,
    outcomeFromLedger,
    runningFromLedger,
    isInHand: (runId: string, stepId: string): boolean => inHand.has(keyOf(runId, stepId)),
    /** The outcome of a step that this process is working on. */
    joined: (runId: string, stepId: string): Promise<StepOutcome> | undefined => inHand.get(keyOf(runId, stepId)),
    /** Makes the call of a step that has just been sealed as started. */
    make: (running: Running): Promise<StepOutcome> => keepInHand(running, carry(running, true)),
    /** Finishes a step whose call was made, or not, by a process that is gone. */
    recover: (running: Running): Promise<StepOutcome> => keepInHand(running, carry(running, false)),
  };
}

const LOST: CallEnd = { state: 'lost', reachedNobody: false, detail: 'the process that made the call is gone' };
