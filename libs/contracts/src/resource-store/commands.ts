import { z } from 'zod';
import { defineCommand } from '../define.ts';
import { ResourceId, RunId, SessionId, StepId } from '../ids.ts';
import { ResourceView } from './resource-view.ts';

/** Keeps a step result that is too large to travel in line. The id is the caller's: the same id again is the same resource. */
export const keepResult = defineCommand({
  owner: 'resource-store',
  name: 'keep-result',
  data: z.strictObject({
    resourceId: ResourceId,
    sessionId: SessionId,
    runId: RunId,
    stepId: StepId,
    capability: z.string(),
    /** The result as JSON text. */
    json: z.string().max(900_000),
    untrusted: z.boolean(),
  }),
  reply: ResourceView,
  rejections: ['RESOURCE_TOO_LARGE', 'LEDGER_UNAVAILABLE'],
});
