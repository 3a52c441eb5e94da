import type { ApprovalContent, ErrorCode, Rejection } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';

type Part = { readonly code: ErrorCode; readonly what: string; readonly of: (content: ApprovalContent) => unknown };

/** What an approval binds, in the order in which a difference is told. */
const PARTS: readonly Part[] = [
  {
    code: 'APPROVAL_OTHER_STEP',
    what: 'it is another step, run, session or agent',
    of: ({ approvalId, agentId, sessionId, runId, stepId }) => [approvalId, agentId, sessionId, runId, stepId],
  },
  {
    code: 'APPROVAL_CAPABILITY_CHANGED',
    what: 'the capability or its schema is another',
    of: ({ capability, capabilityDigest }) => [capability, capabilityDigest],
  },
  {
    code: 'APPROVAL_POLICY_CHANGED',
    what: 'another policy decides now',
    of: ({ policy, rule }) => [policy, rule],
  },
  { code: 'APPROVAL_INPUT_CHANGED', what: 'the arguments are others', of: ({ input }) => input },
  {
    code: 'APPROVAL_STATEMENT_MISMATCH',
    what: 'the statement is not the one that its content makes',
    of: ({ statement }) => statement ?? null,
  },
];

/** Why what would be executed now is not what was approved, the first difference; undefined when it is the same in every part. */
export function bindingProblem(approved: ApprovalContent, now: ApprovalContent): Rejection | undefined {
  const different = PARTS.find(({ of }) => canonicalJson(of(approved) as never) !== canonicalJson(of(now) as never));
  if (!different) return undefined;
  const { code, what } = different;
  const detail = `what would be executed now is not what was approved: ${what}; nothing was executed; ask for the step again under another id`;
  return { code, detail };
}
