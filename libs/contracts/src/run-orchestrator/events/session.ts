import { z } from 'zod';
import { PrincipalId, RunId, SessionId, Sha256Hex } from '../../ids.ts';
import { At, reason } from './common.ts';

/** Events of a session. */
export const sessionEvents = {
  'session.opened': {
    data: z.strictObject({
      sessionId: SessionId,
      agentId: PrincipalId,
      /** Whose budget the agent's is a part of. */
      teamId: PrincipalId.optional(),
      tokenSha256: Sha256Hex,
      openedBy: PrincipalId,
      at: At,
    }),
  },
  'session.revoked': {
    erasable: reason,
    data: z.strictObject({ sessionId: SessionId, revokedBy: PrincipalId, reason: z.string(), at: At }),
  },
  /** A run starts in it: sealed with the start of the run, at the version at which the session was seen to be open and free. */
  'session.occupied': { data: z.strictObject({ sessionId: SessionId, runId: RunId, at: At }) },
  /** A run of it is over: sealed with the end of the run. */
  'session.released': { data: z.strictObject({ sessionId: SessionId, runId: RunId, at: At }) },
} as const;
