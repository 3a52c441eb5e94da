import { RISKS, type CapabilityContract, type Effects, type Risk } from '@causeway/contracts';

/** What the pack says of approving one capability; all of it may be left out. */
export type PackRule = {
  readonly risk?: Risk | undefined;
  readonly quorum: number;
  readonly statement: boolean;
  readonly approvers?: readonly string[] | undefined;
};

/** What approving one step takes. */
export type ApprovalRequirement = {
  readonly risk: Risk;
  readonly quorum: number;
  readonly isStatementNeeded: boolean;
  readonly approvers: readonly string[] | undefined;
};

const NO_RULE: PackRule = { quorum: 1, statement: false };
const LEAST: Readonly<Record<Effects, Risk>> = { none: 'low', reads: 'low', writes: 'medium' };

/** Whether one risk is at least as high as another. */
export const isAtLeast = (risk: Risk, other: Risk): boolean => RISKS.indexOf(risk) >= RISKS.indexOf(other);
const higher = (one: Risk, other: Risk): Risk => (isAtLeast(one, other) ? one : other);

/**
 * What approving a call takes: the highest risk that its effects, its capability and the pack name, so that a pack can make it stricter and
 * never milder. From medium risk on the statement has to be given back.
 */
export function requirementOf(
  capability: Pick<CapabilityContract, 'risk'>,
  effects: Effects,
  rule: PackRule = NO_RULE,
): ApprovalRequirement {
  const risk = higher(higher(LEAST[effects], capability.risk ?? 'low'), rule.risk ?? 'low');
  const isStatementNeeded = rule.statement || isAtLeast(risk, 'medium');
  return { risk, quorum: rule.quorum, isStatementNeeded, approvers: rule.approvers };
}
