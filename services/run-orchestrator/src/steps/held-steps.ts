import type { Rejection } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { passing } from '@causeway/messaging';
import { isOpen, isPastExpiry, type Requested } from '../approvals/domain/approval.ts';
import { sha256Hex } from '../edge.ts';
import type { Parts } from '../parts.ts';
import { stepOf, type Run, type StartedRun, type Step } from '../runs/domain/run.ts';
import type { Mover } from '../runs/domain/transitions.ts';
import type { Running } from './running.ts';
import type { StepAttempts } from './step-attempts.ts';
import type { StepLedger } from './step-ledger.ts';

export type HeldSteps = ReturnType<typeof heldSteps>;
type Held = { readonly approval: Requested; readonly run: StartedRun; readonly step: Step };

/** Lets held steps go on once their approval is decided, one way or the other. Safe to ask any number of times. */
export function heldSteps(parts: Parts, steps: StepLedger, attempts: StepAttempts) {
  const { handlers, edge, executor, policy, log } = parts;
  const actor = { kind: 'system' as const, id: executor };
  /** Who lets the run go on: the person who decided, else the system. */
  const approverOf = ({ decision }: Requested): string => decision?.by ?? executor;

  async function refuse({ approval, step }: Held, rejection: Rejection, mover: Mover) {
    const by = approverOf(approval);
    const command = { type: 'refuse-held' as const, stepId: step.stepId, rejection, mover, by, at: edge.now() };
    const { content } = approval;
    const context = { actor, correlationId: content.runId, causationId: content.approvalId };
    await handlers.runs.handle(content.runId, command, context);
  }

  /** The digest over what would be executed now: from the step's own request and today's capability and policy, not from the approval. */
  function digestNow({ content }: Requested, { run, step, capability, input }: Running): string {
    const { agentId, sessionId, runId } = run;
    const facts = { agentId, sessionId, runId, stepId: step.stepId, capability: capability.id, rule: step.rule };
    const today = { policy: policy.ref, capabilityDigest: capability.digest, input };
    return sha256Hex(canonicalJson({ ...content, ...facts, ...today }));
  }

  async function start(held: Held): Promise<void> {
    const { approval, run, step } = held;
    const running = await steps.running(run, step);
    if (!running || digestNow(approval, running) !== approval.digest) return refuseChanged(held);
    const { approvalId } = approval.content;
    const at = edge.now();
    const attempt = attempts.attemptOf(run.runId, step.stepId, { number: 1, owner: running.capability.owner, at });
    const bound = { stepId: step.stepId, approvalId, approvalVersion: approval.version, digest: approval.digest };
    const command = { type: 'start-held' as const, ...bound, attempt, by: approverOf(approval), at };
    const context = { actor, correlationId: run.runId, causationId: approvalId };
    passing('before-intent', { runId: run.runId, stepId: step.stepId });
    const handled = await handlers.runs.handle(run.runId, command, context);
    if (handled.accepted && handled.events.at(-1)?.type === 'step.started') execute(running, handled.state);
  }

  async function refuseChanged(held: Held): Promise<void> {
    const detail =
      'what would be executed now is not what was approved (the policy or the capability changed, or the input was erased); ask for the step again';
    await refuse(held, { code: 'APPROVAL_DIGEST_MISMATCH', detail }, 'system');
    await withdraw(held.approval, detail);
  }

  function execute(held: Running, run: Run): void {
    const { stepId } = held.step;
    const step = run.kind === 'none' ? undefined : stepOf(run, stepId);
    if (run.kind === 'none' || !step) return;
    void attempts.make({ ...held, run, step }).catch((err: unknown) => {
      log.warn({ err, stepId }, 'an approved step did not end; it will be recovered');
    });
  }

  async function withdraw({ content }: Requested, reason: string): Promise<void> {
    const command = { type: 'withdraw' as const, reason, at: edge.now() };
    await handlers.approvals.handle(content.approvalId, command, { actor });
  }

  async function expire(held: Held): Promise<void> {
    const { approvalId, expiresAt } = held.approval.content;
    const command = { type: 'expire' as const, at: edge.now() };
    const handled = await handlers.approvals.handle(approvalId, command, { actor: { kind: 'clock', id: executor } });
    if (!handled.accepted || handled.state.kind === 'none' || handled.state.state !== 'expired') return;
    const what = held.approval.state === 'granted' ? 'was granted, but could not start' : 'was not decided';
    const detail = `the step ${what} before ${expiresAt}; ask for it again under another id`;
    await refuse(held, { code: 'APPROVAL_EXPIRED', detail }, 'clock');
  }

  async function settleHeld(held: Held): Promise<void> {
    const { approval } = held;
    switch (approval.state) {
      case 'pending':
        return isPastExpiry(approval, edge.now()) ? expire(held) : undefined;
      case 'granted':
        return isPastExpiry(approval, edge.now()) ? expire(held) : start(held);
      case 'expired':
        return expire(held);
      case 'denied': {
        const detail = `a person denied this step: ${approval.decision?.reason ?? 'no reason given'}`;
        return refuse(held, { code: 'APPROVAL_DENIED', detail }, 'approver');
      }
      case 'withdrawn':
      case 'consumed':
        return refuse(held, { code: 'APPROVAL_DENIED', detail: `the approval is ${approval.state}` }, 'system');
    }
  }

  return {
    /** Brings a held step in line with its approval, and an approval in line with a step that no longer waits for it. */
    settle: async (approvalId: string): Promise<void> => {
      const approval = await handlers.approvals.load(approvalId);
      if (approval.kind === 'none') return;
      const { runId, stepId } = approval.content;
      const run = await handlers.runs.load(runId);
      const step = run.kind === 'run' ? stepOf(run, stepId) : undefined;
      if (run.kind === 'none' || !step) return;
      if (step.state === 'held') return settleHeld({ approval, run, step });
      if (isOpen(approval)) await withdraw(approval, 'the step no longer waits for it');
    },
  };
}
