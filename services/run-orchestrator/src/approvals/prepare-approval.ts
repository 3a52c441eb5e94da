import type { ApprovalContent, JsonObject } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import type { Policy } from '@causeway/policy';
import type { KnownCapability } from '../capabilities/known-capability.ts';
import { approvalIdOf, later, sha256Hex } from '../edge.ts';
import type { Parts } from '../parts.ts';
import type { PreparedApproval } from '../runs/domain/run.commands.ts';
import { requirementOf, type ApprovalRequirement } from './domain/approval-rule.ts';
import { statementOf, wordingOf } from './domain/statement.ts';

/** A step for which policy wants a person. */
export type AskedStep = {
  readonly runId: string;
  readonly sessionId: string;
  readonly stepId: string;
  readonly contract: KnownCapability;
  readonly input: JsonObject;
};
type Why = { readonly agentId: string; readonly rule: string; readonly policy: Policy; readonly at: string };

/** What approving this call takes under the pack in force. */
export const requirementNow = (
  { pack }: Policy,
  { contract, input }: Pick<AskedStep, 'contract' | 'input'>,
): ApprovalRequirement => requirementOf(contract, contract.effectsOf(input), pack.approvals.rules[contract.id]);

/** Makes approvals ready to be asked for: the content, the statement it makes, and the digest over both. */
export function approvalPreparer({ handlers, edge }: Parts) {
  /** The people who opened the session and started the run; none when the pack lets them approve. */
  async function starters({ runId, sessionId }: AskedStep, policy: Policy): Promise<readonly string[]> {
    if (policy.pack.approvals.startersMayApprove) return [];
    const [run, session] = await Promise.all([handlers.runs.load(runId), handlers.sessions.load(sessionId)]);
    const people = [run.kind === 'run' && run.startedBy, session.kind === 'session' && session.openedBy];
    return [...new Set(people.filter((one) => one !== false))].sort();
  }

  return async (step: AskedStep, { agentId, rule, policy, at }: Why): Promise<PreparedApproval> => {
    const { runId, sessionId, stepId, contract, input } = step;
    const { risk, quorum, isStatementNeeded, approvers } = requirementNow(policy, step);
    const excluded = await starters(step, policy);
    const bare: ApprovalContent = {
      ...{ approvalId: approvalIdOf(runId, stepId), kind: 'step', agentId, sessionId, runId, stepId },
      ...{ capability: contract.id, capabilityDigest: contract.digest, input, policy: policy.ref, rule },
      ...{ expiresAt: later(at, policy.pack.approvals.expiresAfterMs), nonce: edge.nonce(), risk },
      ...(quorum > 1 ? { quorum } : {}),
      ...(approvers ? { approvers: [...approvers] } : {}),
      ...(excluded.length > 0 ? { excluded: [...excluded] } : {}),
    };
    const statement = isStatementNeeded ? { statement: statementOf(bare, wordingOf(contract, sha256Hex)) } : {};
    const content = { ...bare, ...statement };
    return { content, digest: sha256Hex(canonicalJson(content)) };
  };
}
