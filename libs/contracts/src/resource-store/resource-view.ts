import { z } from 'zod';
import { ResourceId, RunId, SessionId, Sha256Hex, StepId } from '../ids.ts';

/** `untrusted`: came from outside. `internal`: made by Causeway itself from what it knows. Labels are computed, never supplied. */
export const LABELS = ['untrusted', 'internal'] as const;
export const Label = z.enum(LABELS);
export type Label = z.infer<typeof Label>;

/** Where a resource came from. `ref` is the URL, the path within the allowed folder, or the title of a text. */
export const Provenance = z.strictObject({
  source: z.enum(['text', 'file', 'url', 'result']),
  ref: z.string(),
  callId: z.string().optional(),
});
export type Provenance = z.infer<typeof Provenance>;

export const ResourceView = z.strictObject({
  resourceId: ResourceId,
  runId: RunId,
  sessionId: SessionId,
  stepId: StepId,
  sha256: Sha256Hex,
  sizeBytes: z.int().min(0),
  mediaType: z.string(),
  label: Label,
  provenance: Provenance,
  ingestedAt: z.string(),
});
export type ResourceView = z.infer<typeof ResourceView>;
