import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import { StepId } from '../../ids.ts';

export const At = z.iso.datetime();
/** A part of a predicate that does not hold: where it stands in the predicate, and what is missing or stale. */
export const Unmet = z.strictObject({ path: z.string(), message: z.string() });
/** Which leaves of a predicate something concerns, by their number in reading order from 0. */
export const Leaves = z.array(z.int().min(0).max(63)).optional();

export const step = { stepId: StepId, at: At };

/** A reason that a person gave. */
export const reason = { reason: ERASED_TEXT } as const;
/** Words and values of a refusal; its code, rule and policy stay. */
export const rejection = {
  'rejection.detail': ERASED_TEXT,
  'rejection.errors': undefined,
  'rejection.facts': undefined,
} as const;
