import { z } from 'zod';
import { Sha256Hex } from './ids.ts';

/** Which policy decided: pack id, version, and the digest over everything that was in effect. */
export const PolicyRef = z.strictObject({ pack: z.string().min(1), version: z.string().min(1), digest: Sha256Hex });
export type PolicyRef = z.infer<typeof PolicyRef>;
