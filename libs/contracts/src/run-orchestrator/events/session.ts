import { z } from 'zod';
import { PrincipalId, SessionId, Sha256Hex } from '../../ids.ts';
import { At, reason } from './common.ts';

/** Events of a session. */
export const sessionEvents = {
  'session.opened': {
    data: z.strictObject({
      sessionId: SessionId,
      agentId: PrincipalId,
      tokenSha256: Sha256Hex,
      openedBy: PrincipalId,
      at: At,
    }),
  },
  'session.revoked': {
    erasable: reason,
    data: z.strictObject({ sessionId: SessionId, revokedBy: PrincipalId, reason: z.string(), at: At }),
  },
} as const;
