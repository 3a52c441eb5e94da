export * from './action-requests.ts';
export * from './address-class.ts';
export { meterRules, type MeterRule } from './budget-settings.ts';
export * from './canonical-url.ts';
export { BUILT_IN_RULES, type BuiltInRule, type Rule } from './cedar-rules.ts';
export { CEDAR_SCHEMA } from './cedar-schema.ts';
export * from './decide.ts';
export * from './diff-packs.ts';
export * from './dial.ts';
export * from './explain.ts';
export { fetchLimits, type FetchLimits } from './fetch-settings.ts';
export { wildcardProblem } from './host-patterns.ts';
export {
  digestOf,
  effectiveFiles,
  loadPack,
  PACK_FILES,
  parsePack,
  policyRef,
  readPackFolder,
  type PackFiles,
  type PolicyPack,
} from './pack.ts';
export * from './kept-pack.ts';
export * from './pack-parts.ts';
export { hintFor } from './hints.ts';
export { PackInvalidError, problemLines, type PackProblem } from './pack-problems.ts';
export type { ApprovalRule, PackModel, PackSettings } from './pack-settings.ts';
export * from './revoked.ts';
export { modelSecret } from './model-secrets.ts';
export { isBound } from './secret-binding.ts';
export { ownCallsOf, type SecretReference } from './secret-settings.ts';
export * from './special-names.ts';
export * from './standing.ts';
export type { Environment } from './substitution.ts';
