import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import { PolicyChangeId, PrincipalId, Sha256Hex } from '../../ids.ts';
import { PolicyRef } from '../../policy-ref.ts';
import { At, reason } from './common.ts';

const PackFile = z.enum(['constitution.cedar', 'pack.yaml', 'policy.cedar']);

/** Events of what decides. */
export const policyEvents = {
  /**
   * A stretch of a pack's file, in the pack's own stream, those of one file in their order. Never erased: every decision under this digest is
   * explained by it.
   */
  'policy.recorded': {
    data: z.strictObject({ digest: Sha256Hex, file: PackFile, text: z.string().max(60_000), at: At }),
  },
  /** New runs get this pack from here on. `folder`: it is that of the service's own folder; earlier versions did not say. */
  'policy.activated': {
    erasable: { reason: undefined },
    data: z.strictObject({
      policy: PolicyRef,
      at: At,
      source: z.enum(['folder', 'command']).optional(),
      changeId: PolicyChangeId.optional(),
      activatedBy: PrincipalId.optional(),
      reason: z.string().optional(),
    }),
  },
  /** A permit is not one any more, in every pack that was activated before this. */
  'policy.revoked': {
    erasable: reason,
    data: z.strictObject({
      rule: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
      changeId: PolicyChangeId,
      revokedBy: PrincipalId,
      reason: z.string(),
      at: At,
    }),
  },
  /** A run's steps are decided by this pack from here on. */
  'run.moved': {
    erasable: { reason: ERASED_TEXT },
    data: z.strictObject({ policy: PolicyRef, movedBy: PrincipalId, reason: z.string(), at: At }),
  },
} as const;

/** The stream of what is in force. */
export const POLICY_STREAM = 'policy';
/** The stream that holds the files of the pack with this digest. */
export const packStreamOf = (digest: string): string => `policy-${digest}`;
