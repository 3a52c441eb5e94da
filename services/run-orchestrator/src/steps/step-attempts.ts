import type { Amounts, StepGrant, StepOutcome } from '@causeway/contracts';
import { DependencyError, passing } from '@causeway/messaging';
import type { Policy } from '@causeway/policy';
import type { CallableCapability } from '../capabilities/known-capability.ts';
import { callIdOf, later } from '../edge.ts';
import { FOR_A_FACT, patiently } from '../ledger-patience.ts';
import type { Parts } from '../parts.ts';
import type { Attempt, StepFate } from '../runs/domain/run.commands.ts';
import { budgetStatus } from '../runs/domain/budget.ts';
import { stepOf, type StartedRun, type Step } from '../runs/domain/run.ts';
import { asUsage, leftFor, usedBefore, usedByCalls, withOthers } from './attempts-usage.ts';
import { callProvider, isWrite, type CallEnd, type Lost } from './call-provider.ts';
import { outcomeOf } from './outcome.ts';
import { recoverLostCall } from './recover.ts';
import type { Running } from './running.ts';
import type { StepLedger } from './step-ledger.ts';
import { watchedResult } from './watched-result.ts';

type NextAttempt = {
  readonly number: number;
  readonly capability: Pick<CallableCapability, 'owner' | 'lastsMs'>;
  readonly policy: Policy;
  readonly at: string;
};
export type StepAttempts = ReturnType<typeof stepAttempts>;

/** What is known of a call whose process is gone. */
const CALLER_GONE: Lost = { state: 'lost', reachedNobody: false, detail: 'the process that made the call is gone' };

/**
 * Carries started steps to their end: call the provider, seal the fate, answer. Every step in the hands of this process is known here, so that
 * a second request for it joins the first.
 */
export function stepAttempts(parts: Parts, steps: StepLedger) {
  const { handlers, policies, edge, bus, ledger, executor } = parts;
  const inHand = new Map<string, Promise<StepOutcome>>();
  const keyOf = (runId: string, stepId: string): string => `${runId}/${stepId}`;
  const context = (runId: string) => ({ actor: { kind: 'system' as const, id: executor }, correlationId: runId });

  /** The next attempt of a step: its call id, and until when its provider may work on it. */
  function attemptOf(runId: string, stepId: string, next: NextAttempt): Attempt {
    const { capability, number, policy, at } = next;
    const { egress } = policy.pack;
    const deadlineAt = later(at, capability.lastsMs?.(egress) ?? egress.timeoutMs);
    return { callId: callIdOf(runId, stepId, number), executor, owner: capability.owner, deadlineAt };
  }

  const usedByEarlier = ({ runId }: StartedRun, step: Step): Promise<Amounts> =>
    patiently(() => usedBefore(ledger, runId, step), FOR_A_FACT);

  /** Seals a fate with what all attempts used: the fact of a call that was given up may have come since. */
  async function seal(run: StartedRun, step: Step, end: StepFate): Promise<StepOutcome> {
    const fate = withEarlier(end, await usedByEarlier(run, step));
    const at = edge.now();
    const command = { type: 'record-fate' as const, stepId: step.stepId, attempt: step.attempt, fate, at };
    const point = { runId: run.runId, stepId: step.stepId };
    passing('before-settle', point);
    const handled = await patiently(() => handlers.runs.handle(run.runId, command, context(run.runId)), FOR_A_FACT);
    const ended = handled.state.kind === 'none' ? undefined : stepOf(handled.state, step.stepId);
    if (!handled.accepted || handled.state.kind === 'none' || !ended) {
      throw new DependencyError('INTERNAL', `what became of step ${step.stepId} was not taken by its run`);
    }
    passing('before-reply', point);
    const event = handled.events.at(-1);
    if (event === undefined || handled.position === undefined) return steps.outcome(handled.state, ended);
    const newest = { event, position: handled.position };
    return outcomeOf({ ...ended, runId: run.runId }, newest, budgetStatus(handled.state.budget, at));
  }

  /** The same step, tried once more under another call id; the fate it has when nobody wants it any more; undefined when somebody else has gone on with it. */
  async function tryAgain(running: Running, callId: string): Promise<Running | StepFate | undefined> {
    const { run, step, capability } = running;
    const at = edge.now();
    const policy = await policyOf(running);
    const next = { number: step.attempt + 1, capability, policy, at };
    const attempt = attemptOf(run.runId, step.stepId, next);
    const command = { type: 'try-again' as const, stepId: step.stepId, after: step.attempt, attempt, at };
    const handled = await handlers.runs.handle(run.runId, command, context(run.runId));
    if (!handled.accepted) {
      return { state: 'failed', rejection: handled.rejection, usage: asUsage(await usedByCalls(ledger, [callId])) };
    }
    if (handled.events.length === 0 || handled.state.kind === 'none') return undefined;
    const tried = stepOf(handled.state, step.stepId);
    return tried && { ...running, run: handled.state, step: tried };
  }

  /** The limits of the policy that decided about a step; where it is not known any more, no provider takes its grant. */
  const policyOf = async ({ run, step }: Pick<Running, 'run' | 'step'>): Promise<Policy> =>
    (await policies.find((step.policy ?? run.policy).digest)) ?? policies.active();

  async function carry(first: Running, begin: 'with-call' | 'as-lost'): Promise<StepOutcome> {
    let current = first;
    let known: CallEnd | undefined = begin === 'as-lost' && !mayAskAgain(first) ? CALLER_GONE : undefined;
    for (;;) {
      const { run, step } = current;
      const grant = grantFor(await policyOf(current), current, await usedByEarlier(run, step));
      if (!known) passing('after-intent', grant);
      const end: CallEnd =
        known ?? (await callProvider(bus, { ...current, grant, watched: watchedResult(current.run, current.step) }));
      const fate = end.state === 'lost' ? await recoverLostCall(parts, current, { end, grant }) : end;
      if (fate !== 'try-again') return seal(run, step, fate);
      const next = await tryAgain(current, grant.callId);
      if (!next) return steps.outcomeNow(run.runId, step.stepId);
      if ('state' in next) return seal(run, step, next);
      current = next;
      known = undefined;
    }
  }

  /** The same call, asked for again in time, is the same call: its provider joins the one it is making, or makes it now. */
  const mayAskAgain = (running: Running): boolean =>
    !isWrite(running) && Date.parse(running.step.deadlineAt ?? '') > Date.parse(edge.now());

  function keepInHand({ run, step }: Pick<Running, 'run' | 'step'>, work: Promise<StepOutcome>): Promise<StepOutcome> {
    const key = keyOf(run.runId, step.stepId);
    const kept = work.finally(() => inHand.delete(key));
    inHand.set(key, kept);
    return kept;
  }

  /** A step that cannot be executed again is not left open, and nothing is sent in its name: a person has to look. */
  function giveUp(run: StartedRun, step: Step): Promise<StepOutcome> {
    const reason = `what was asked of ${step.capability} was erased, or this version does not know it; check what became of the call`;
    return seal(run, step, { state: 'unknown', reason });
  }

  /** Finishes a step whose call was made, or not, by a process that is gone; joins when somebody here is at it already. */
  async function recover(run: StartedRun, step: Step): Promise<StepOutcome> {
    const running = await steps.running(run, step);
    const joined = inHand.get(keyOf(run.runId, step.stepId));
    return joined ?? keepInHand({ run, step }, running ? carry(running, 'as-lost') : giveUp(run, step));
  }

  return {
    attemptOf,
    recover,
    isInHand: (runId: string, stepId: string): boolean => inHand.has(keyOf(runId, stepId)),
    /** The outcome of a step that this process is working on. */
    joined: (runId: string, stepId: string): Promise<StepOutcome> | undefined => inHand.get(keyOf(runId, stepId)),
    /** Makes the call of a step that has just been sealed as started. */
    make: (running: Running): Promise<StepOutcome> => keepInHand(running, carry(running, 'with-call')),
    /** Resolves once no step is in hand, at the latest after `graceMs`. */
    settled: (graceMs: number): Promise<void> => {
      const { promise: isOver, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, graceMs);
      void Promise.allSettled(inHand.values()).then(() => resolve());
      return isOver.finally(() => clearTimeout(timer));
    },
  };
}

/** Of what is not known the whole reservation counts as used, whatever was sealed of it. */
const withEarlier = (fate: StepFate, before: Amounts): StepFate =>
  fate.state === 'unknown' ? fate : { ...fate, usage: withOthers(fate.usage, before) };

/** @param before what earlier attempts took of the step's reservation */
function grantFor(policy: Policy, { run, step }: Pick<Running, 'run' | 'step'>, before: Amounts): StepGrant {
  if (step.callId === undefined || step.deadlineAt === undefined) {
    throw new Error(`step ${step.stepId} of ${run.runId} has not started`);
  }
  const { maxResponseBytes, maxKeptBytes, forwardBytesIn = 0 } = policy.pack.egress;
  const most = Math.max(maxResponseBytes, maxKeptBytes, forwardBytesIn);
  const reserved = step.reserved && leftFor(step.reserved, before);
  return {
    ...{ callId: step.callId, sessionId: run.sessionId, agentId: run.agentId, runId: run.runId, stepId: step.stepId },
    ...{ attempt: step.attempt, rule: step.rule, policy: step.policy ?? run.policy, deadlineAt: step.deadlineAt },
    ...{ byteAllowance: Math.min(most, reserved?.bytesIn ?? maxResponseBytes) },
    ...{ inputDigest: step.inputDigest, ...(reserved ? { reserved } : {}) },
  };
}
