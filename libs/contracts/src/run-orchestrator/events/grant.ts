import { z } from 'zod';
import { GrantId, PrincipalId, RunId, StepId } from '../../ids.ts';
import { JsonObject } from '../../json.ts';
import { GrantTerms } from '../grant.ts';
import { At, reason } from './common.ts';

/** Events of a standing grant. */
export const grantEvents = {
  /** Values of the matched fields can be erased; their digest in the terms decides. */
  'grant.issued': {
    erasable: { matched: {}, ...reason },
    data: z.strictObject({
      terms: GrantTerms,
      matched: JsonObject,
      issuedBy: PrincipalId,
      reason: z.string(),
      at: At,
    }),
  },
  /** Sealed in the append that starts the step. `use` counts from 1. */
  'grant.used': {
    data: z.strictObject({ grantId: GrantId, runId: RunId, stepId: StepId, use: z.int().min(1), at: At }),
  },
  'grant.revoked': {
    erasable: reason,
    data: z.strictObject({ grantId: GrantId, revokedBy: PrincipalId, reason: z.string(), at: At }),
  },
  'grant.expired': { data: z.strictObject({ grantId: GrantId, at: At }) },
} as const;
