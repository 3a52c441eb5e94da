import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';
import { PolicyChangeId, PrincipalId, RunId, Sha256Hex } from '../ids.ts';
import { PolicyRef } from '../policy-ref.ts';
import { RunView } from './run-view.ts';

const owner = 'run-orchestrator';
const Reason = z.string().min(1).max(1000);
const text = z.string().max(262_144);

/** The files of a pack, as they take effect: variables of the environment are replaced before they are sent. */
export const PackTexts = z.strictObject({ 'constitution.cedar': text, 'pack.yaml': text, 'policy.cedar': text });
export type PackTexts = z.infer<typeof PackTexts>;

/** The `@id` of a rule. */
export const RuleId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be the @id of a rule');

/** Which pack new runs get, and what was taken away from it since. */
export const PolicyView = z.strictObject({
  policy: PolicyRef,
  /** Whether it is the one that new runs get. */
  active: z.boolean(),
  /** Rules of this pack that do not allow anything any more, whichever run asks. */
  revoked: z.array(RuleId),
  /** Who activated it last, when and why; a pack from a service's own folder has no person. */
  activatedBy: PrincipalId.optional(),
  activatedAt: z.string().optional(),
  reason: z.string().optional(),
});
export type PolicyView = z.infer<typeof PolicyView>;

/**
 * Makes a pack the one that new runs get. Its files are kept in the ledger under its digest, so that every process decides with exactly these.
 * A pack with problems is refused, each with its place: `errors` has `file:line` as path.
 */
export const activatePolicy = defineCommand({
  owner,
  name: 'activate-policy',
  data: z.strictObject({ changeId: PolicyChangeId, files: PackTexts, reason: Reason }),
  reply: PolicyView,
  rejections: ['PACK_INVALID', 'LEDGER_UNAVAILABLE'],
});

/** Takes a permit away from every pack that is in use, until a pack is activated that has it: for runs that keep an older pack, too. */
export const revokeRule = defineCommand({
  owner,
  name: 'revoke-rule',
  data: z.strictObject({ changeId: PolicyChangeId, rule: RuleId, reason: Reason }),
  reply: PolicyView,
  rejections: ['RULE_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

/** Moves a run to another pack: the one that is active, or one that was kept. What was approved under the old one is not executed any more. */
export const moveRun = defineCommand({
  owner,
  name: 'move-run',
  data: z.strictObject({ runId: RunId, digest: Sha256Hex.optional(), reason: Reason }),
  reply: RunView,
  rejections: ['RUN_NOT_FOUND', 'RUN_NOT_ACTIVE', 'POLICY_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

/** A pack with its files; the active one when no digest is named. */
export const getPolicyPack = defineQuery({
  owner,
  name: 'get-policy-pack',
  data: z.strictObject({ digest: Sha256Hex.optional() }),
  reply: PolicyView.extend({ files: PackTexts }),
  rejections: ['POLICY_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});
