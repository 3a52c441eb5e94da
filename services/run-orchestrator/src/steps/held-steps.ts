import type { ApprovalContent, Rejection } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { passing } from '@causeway/messaging';
import { isOpen, isPastExpiry, type Requested } from '../approvals/domain/approval.ts';
import { bindingProblem } from '../approvals/domain/binding.ts';
import { statementOf, wordingOf } from '../approvals/domain/statement.ts';
import { sha256Hex } from '../edge.ts';
import type { Parts } from '../parts.ts';
import { stepOf, type Run, type StartedRun, type Step } from '../runs/domain/run.ts';
import type { Mover } from '../runs/domain/transitions.ts';
import type { Running } from './running.ts';
import type { StepAttempts } from './step-attempts.ts';
import { refusedExtension } from './refused-extension.ts';
import type { StepLedger } from './step-ledger.ts';
import { boundsOf, worstCase } from './worst-case.ts';

export type HeldSteps = ReturnType<typeof heldSteps>;
type Held = { readonly approval: Requested; readonly run: StartedRun; readonly step: Step };

/** Lets held steps go on once their approval is decided, one way or the other. Safe to ask any number of times. */
export function heldSteps(parts: Parts, steps: StepLedger, attempts: StepAttempts) {
  const { handlers, edge, executor, policies, log } = parts;
  const actor = { kind: 'system' as const, id: executor };
  /** Who lets the run go on: the person who decided, else the system. */
  const approverOf = ({ decision }: Requested): string => decision?.by ?? executor;

  async function refuse({ approval, step }: Held, rejection: Rejection, mover: Mover) {
    const by = approverOf(approval);
    const { content } = approval;
    const said = refusedExtension(content, rejection);
    const command = { type: 'refuse-held' as const, stepId: step.stepId, rejection: said, mover, by, at: edge.now() };
    const context = { actor, correlationId: content.runId, causationId: content.approvalId };
    await handlers.runs.handle(content.runId, command, context);
  }

  /** What would be executed now: from the step's own request, today's capability and the run's policy, not from the approval. */
  function contentNow({ content }: Requested, { run, step, capability, input }: Running): ApprovalContent {
    const { agentId, sessionId, runId } = run;
    const facts = { agentId, sessionId, runId, stepId: step.stepId, capability: capability.id, rule: step.rule };
    const today = { policy: run.policy, capabilityDigest: capability.digest, input };
    const { statement, ...now } = { ...content, ...facts, ...today };
    return statement === undefined ? now : { ...now, statement: statementOf(now, wordingOf(capability, sha256Hex)) };
  }

  /** Why what would be executed now is not what was approved. */
  function changeOf(approval: Requested, running: Running | undefined): Rejection | undefined {
    if (!running) return GONE;
    const { run, step } = running;
    if (policies.isRevoked(run.policy.digest, step.rule)) return revoked(step.rule);
    const now = contentNow(approval, running);
    const problem = bindingProblem(approval.content, now);
    return problem ?? (sha256Hex(canonicalJson(now)) === approval.digest ? undefined : ANOTHER_DIGEST);
  }

  async function start(held: Held): Promise<void> {
    const { approval, run, step } = held;
    const running = await steps.running(run, step);
    const change = changeOf(approval, running);
    const policy = await policies.find(run.policy.digest);
    if (!running || change || !policy) return refuseChanged(held, change ?? GONE);
    const { approvalId } = approval.content;
    const at = edge.now();
    const attempt = attempts.attemptOf(run.runId, step.stepId, {
      number: 1,
      capability: running.capability,
      policy,
      at,
    });
    const bound = { stepId: step.stepId, approvalId, approvalVersion: approval.version, digest: approval.digest };
    const reserves = worstCase(running.capability, running.input, boundsOf(policy.pack));
    const { extension } = approval.content;
    const charged = { reserves, ...(extension ? { extension } : {}) };
    const command = { type: 'start-held' as const, ...bound, ...charged, attempt, by: approverOf(approval), at };
    const context = { actor, correlationId: run.runId, causationId: approvalId };
    passing('before-intent', { runId: run.runId, stepId: step.stepId });
    const handled = await handlers.runs.handle(run.runId, command, context);
    if (handled.accepted && handled.events.at(-1)?.type === 'step.started') execute(running, handled.state);
  }

  async function refuseChanged(held: Held, change: Rejection): Promise<void> {
    await refuse(held, change, 'system');
    await withdraw(held.approval, change.detail);
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
      case 'returned':
        return refuse(held, returnedRejection(approval), 'approver');
      case 'withdrawn': {
        const detail = 'the approval is no longer asked for; ask for the step again under another id';
        return refuse(held, { code: 'APPROVAL_WITHDRAWN', detail }, 'system');
      }
      case 'consumed': {
        const detail = 'the approval was used already, and it is good for one execution; ask for the step again';
        return refuse(held, { code: 'APPROVAL_CONSUMED', detail }, 'system');
      }
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
      if (isOpen(approval) && step.approvalId === approvalId)
        await withdraw(approval, 'the step no longer waits for it');
    },
  };
}

const GONE: Rejection = {
  code: 'APPROVAL_CONTENT_ERASED',
  detail:
    'what was asked for was erased, or this version does not know its capability; nothing was executed; ask for the step again',
};
const revoked = (rule: string): Rejection => ({
  code: 'APPROVAL_POLICY_CHANGED',
  detail: `the rule ${rule}, under which this was approved, was revoked since; nothing was executed`,
});
const ANOTHER_DIGEST: Rejection = {
  code: 'APPROVAL_DIGEST_MISMATCH',
  detail: 'what would be executed now is not what was approved; nothing was executed; ask for the step again',
};

/** What a person said instead of yes or no, for the agent to ask better. */
function returnedRejection({ content: { approvalId }, decision, suggestedInput }: Requested): Rejection {
  const feedback = decision?.reason ?? '';
  const facts = { approvalId, feedback, ...(suggestedInput ? { suggestedInput } : {}) };
  const detail = `a person returned this step: ${feedback}; change it and ask again under another step id`;
  return { code: 'APPROVAL_RETURNED', detail, facts };
}
