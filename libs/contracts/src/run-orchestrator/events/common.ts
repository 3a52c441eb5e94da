import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import { StepId } from '../../ids.ts';

export const At = z.iso.datetime();
export const step = { stepId: StepId, at: At };

/** A reason that a person gave. */
export const reason = { reason: ERASED_TEXT } as const;
/** Words and values of a refusal; its code, rule and policy stay. */
export const rejection = {
  'rejection.detail': ERASED_TEXT,
  'rejection.errors': undefined,
  'rejection.facts': undefined,
} as const;
