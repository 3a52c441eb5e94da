import type { Rejection, StepGrant } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { sha256Hex } from './digest.ts';

/** Why a call may not be made under this grant now; undefined when it may. `nowMs` is the time since the Unix epoch. */
export function grantRefusal(grant: StepGrant, input: unknown, nowMs: number): Rejection | undefined {
  if (nowMs >= Date.parse(grant.deadlineAt)) {
    return {
      code: 'GRANT_EXPIRED',
      detail: `the grant of call ${grant.callId} ended at ${grant.deadlineAt}; ask for the step again`,
    };
  }
  if (sha256Hex(canonicalJson(input)) !== grant.inputDigest) {
    return {
      code: 'GRANT_MISMATCH',
      detail: `the grant of call ${grant.callId} is for another input; call with the input it was given for`,
    };
  }
  return undefined;
}
