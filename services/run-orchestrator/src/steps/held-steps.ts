import type { Rejection } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import type { Approval } from '../approvals/domain/approval.ts';
import { isPastExpiry } from '../approvals/domain/approval.ts';
import { sha256Hex } from '../edge.ts';
import type { Parts } from '../parts.ts';
import { stepOf } from '../runs/domain/run.ts';
import { capabilityDigest } from './capability-digest.ts';
import type { StepAttempts } from './step-attempts.ts';

type Requested = Extract<Approval, { kind: 'approval' }>;
export type HeldSteps = ReturnType<typeof heldSteps>;

/** Lets held steps go on once their approval is decided, one way or the other. Safe to ask any number of times. */
export function heldSteps(parts: Parts, attempts: StepAttempts) {
  const { handlers, edge, executor, policy, log } = parts;
  const actor = { kind: 'system' as const, id: executor };

  async function refuseHeld({ content }: Requested, rejection: Rejection): Promise<void> {
    const command = { type: 'refuse-held' as const, stepId: content.stepId, rejection, by: executor, at: edge.now() };
    await handlers.runs.handle(content.runId, command, { actor, correlationId: content.runId, causationId: content.approvalId });
  }

  /** The digest over what would be executed now: from the step's own request and today's capability and policy, not from the approval. */
  async function digestNow({ content }: Requested): Promise<string | undefined> {
    const run = await handlers.runs.load(content.runId);
    const step = run.kind === 'run' ? stepOf(run, content.stepId) : undefined;
    if (run.kind === 'none' || !step) return undefined;
    const { capability, input } = await attempts.runningFromLedger(run, step);
    const { agentId, sessionId, runId } = run;
    const facts = { agentId, sessionId, runId, stepId: step.stepId, capability: capability.id, rule: step.rule, policy: policy.ref };
    return sha256Hex(canonicalJson({ ...content, ...facts, capabilityDigest: capabilityDigest(capability), input }));
  }

  async function start(approval: Requested): Promise<void> {
    const { content } = approval;
    const at = edge.now();
    const digest = await digestNow(approval);
    if (digest !== approval.digest) {
      const detail = 'what would be executed now is not what was approved (the policy or the capability changed since); ask for the step again';
      return refuseHeld(approval, { code: 'APPROVAL_DIGEST_MISMATCH', detail });
    }
    const run = await handlers.runs.load(content.runId);
    const step = run.kind === 'run' ? stepOf(run, content.stepId) : undefined;
    if (run.kind === 'none' || !step || step.state !== 'held') return;
    const { capability, input } = await attempts.runningFromLedger(run, step);
    const attempt = attempts.attemptOf(content.runId, content.stepId, { number: 1, owner: capability.owner, at });
    const command = {
      ...{ type: 'start-held' as const, stepId: content.stepId, approvalId: content.approvalId, approvalVersion: approval.version },
      ...{ digest, attempt, by: executor, at },
    };
    const handled = await handlers.runs.handle(content.runId, command, { actor, correlationId: content.runId, causationId: content.approvalId });
    if (!handled.accepted || handled.state.kind === 'none' || handled.events.at(-1)?.type !== 'step.started') return;
    const running = { run: handled.state, step: stepOf(handled.state, content.stepId)!, capability, input };
    void attempts.make(running).catch((err: unknown) => log.warn({ err, stepId: content.stepId }, 'an approved step did not end; it will be recovered'));
  }

  /** Brings a held step in line with its approval. */
  async function settle(approvalId: string): Promise<void> {
    const approval = await handlers.approvals.load(approvalId);
    if (approval.kind === 'none') return;
    const { expiresAt } = approval.content;
    switch (approval.state) {
      case 'granted':
        if (!isPastExpiry(approval, edge.now())) return start(approval);
        return expire(approvalId);
      case 'pending':
        return isPastExpiry(approval, edge.now()) ? expire(approvalId) : undefined;
      case 'denied':
        return refuseHeld(approval, { code: 'APPROVAL_DENIED', detail: 'a person denied this step; do something else, or claim what is done' });
      case 'expired':
        return refuseHeld(approval, { code: 'APPROVAL_EXPIRED', detail: `nobody decided before ${expiresAt}; ask for the step again under another id` });
      case 'withdrawn':
      case 'consumed':
        return undefined;
    }
  }

  async function expire(approvalId: string): Promise<void> {
    const handled = await handlers.approvals.handle(approvalId, { type: 'expire', at: edge.now() }, { actor: { kind: 'clock', id: executor } });
    if (handled.accepted && handled.events.length > 0) await settle(approvalId);
  }

  return { settle };
}
