import { z } from 'zod';
import { PrincipalId } from './ids.ts';

/** Who caused something. The gateway derives it from the credential; it is never read from a body. */
export const Actor = z.strictObject({
  kind: z.enum(['agent', 'operator', 'clock', 'system']),
  id: PrincipalId,
});
export type Actor = z.infer<typeof Actor>;
