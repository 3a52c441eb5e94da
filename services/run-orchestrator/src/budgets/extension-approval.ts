import type { JsonObject } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { approvalIdOf, later, sha256Hex, type Edge } from '../edge.ts';
import type { Policies } from '../policies/policies.ts';
import type { PreparedApproval } from '../runs/domain/run.commands.ts';
import type { ExtensionAsked } from './budgeted-runs.ts';

/** What the approval of more time is about, in place of a step and its capability. */
export const TIME = 'budget.wall-clock';
const TIME_RULE = 'budget-limit';

export type ExtensionParts = {
  readonly policies: Pick<Policies, 'active' | 'known'>;
  readonly edge: Edge;
  /** Digest of a capability's contract; undefined when there is no such capability. */
  readonly capabilityDigest: (capability: string) => string | undefined;
};

/** What a person is asked who may give a run more: the step that needs it, or its time, with the meter and how much is added. */
export function extensionApprovals({ policies, edge, capabilityDigest }: ExtensionParts) {
  return ({ run, command, extension }: ExtensionAsked): PreparedApproval => {
    const { agentId, sessionId, runId, policy } = run;
    const { pack } = policies.known(policy.digest) ?? policies.active();
    const about = subjectOf(command, run.budget.extensions.length, capabilityDigest);
    const { approvalOf, ...subject } = about;
    const content = {
      ...{ approvalId: approvalIdOf(runId, approvalOf), agentId, sessionId, runId, ...subject, policy },
      ...{ expiresAt: later(edge.now(), pack.approvals.expiresAfterMs), nonce: edge.nonce() },
      ...{ kind: 'budget-extension' as const, extension },
    };
    return { content, digest: sha256Hex(canonicalJson(content)) };
  };
}

type Subject = {
  /** What the approval's id is derived from, together with the run: never the same for a step and for time. */
  readonly approvalOf: string;
  readonly stepId: string;
  readonly capability: string;
  readonly capabilityDigest: string;
  readonly input: JsonObject;
  readonly rule: string;
};

function subjectOf(
  command: ExtensionAsked['command'],
  extensions: number,
  digestOf: ExtensionParts['capabilityDigest'],
): Subject {
  if (command.type !== 'request-step') {
    const stepId = `more-time-${extensions + 1}`;
    const approvalOf = `time/${extensions + 1}`;
    return { approvalOf, stepId, capability: TIME, capabilityDigest: sha256Hex(TIME), input: {}, rule: TIME_RULE };
  }
  const { stepId, capability, input, verdict } = command;
  const capabilityDigest = digestOf(capability) ?? '';
  return { approvalOf: stepId, stepId, capability, capabilityDigest, input, rule: verdict.rule };
}
