import { RISKS, type Risk, type WaitingItem } from '@causeway/contracts';
import type { ApprovalDocument } from '../approvals/approvals.projection.ts';
import { quorumOf } from '../approvals/domain/approval.ts';
import type { RunDocument } from '../runs/runs.projection.ts';
import type { StepDocument } from '../steps/steps.projection.ts';
import type { WaitingRow } from './waiting.queries.ts';

/** One thing in the queue, in words for the person who comes to move it. */
export function waitingItemOf(row: WaitingRow): WaitingItem {
  const severity = RISKS[row.severity] ?? 'critical';
  switch (row.kind) {
    case 'approval':
      return approvalItem(row.view, severity);
    case 'run':
      return runItem(row.view, severity);
    case 'step':
      return stepItem(row.view, severity, row.agentId);
  }
}

function approvalItem({ content, requestedAt, given, reason }: ApprovalDocument, severity: Risk): WaitingItem {
  const { approvalId, runId, stepId, agentId, capability, expiresAt: dueAt } = content;
  const quorum = quorumOf(content);
  const soFar = quorum > 1 ? `; ${given.length} of ${quorum} people agreed` : '';
  return {
    ...{ kind: 'approval', severity, since: requestedAt, dueAt, runId, agentId, approvalId, stepId },
    summary: `${agentId} wants ${capability}: ${reason}${soFar}`,
    next: [
      `read it: ./causeway approvals show ${approvalId}`,
      `grant, deny or return it: ./causeway approvals grant|deny|return ${approvalId}`,
    ],
  };
}

function runItem(run: RunDocument, severity: Risk): WaitingItem {
  const { runId, agentId, phase, pausedAt, startedAt, predicate, claimed } = run;
  const isBudget = phase.state === 'paused' && phase.cause === 'budget';
  const isCompletion = !isBudget && claimed && predicate.kind === 'manual';
  const dueAt = phase.state === 'paused' ? { dueAt: phase.deadlineAt } : {};
  return {
    ...{ severity, since: pausedAt ?? startedAt, ...dueAt, runId, agentId },
    ...(isBudget ? budgetWords(runId) : isCompletion ? completionWords(runId, agentId) : pauseWords(runId)),
  };
}

type Words = Pick<WaitingItem, 'kind' | 'summary' | 'next'>;
const look = (runId: string): string => `look at it: ./causeway runs show ${runId}`;
const cancel = (runId: string): string => `or end it: ./causeway runs cancel ${runId} --reason <text>`;

const budgetWords = (runId: string): Words => ({
  kind: 'budget',
  summary: 'the run used up its budget and waits for more',
  next: [look(runId), 'extend its budget', cancel(runId)],
});
const completionWords = (runId: string, agentId: string): Words => ({
  kind: 'completion',
  summary: `${agentId} says that the goal is reached, and a person has to confirm it`,
  next: [look(runId), `confirm it: POST /v1/runs/${runId}/complete`, cancel(runId)],
});
const pauseWords = (runId: string): Words => ({
  kind: 'pause',
  summary: 'the run is paused and waits for an operator',
  next: [look(runId), 'let it go on', cancel(runId)],
});

function stepItem(
  { runId, stepId, capability, endedAt, requestedAt }: StepDocument,
  severity: Risk,
  agentId: string,
): WaitingItem {
  return {
    ...{ kind: 'unknown-step', severity, since: endedAt ?? requestedAt, runId, agentId, stepId },
    summary: `whether ${capability} took effect is not known`,
    next: [
      'check at the destination whether it happened',
      `say what you found: ./causeway waiting acknowledge ${runId} ${stepId} --finding happened|did-not-happen --note <text>`,
    ],
  };
}
