import { z } from 'zod';
import { CloudEvent } from '../envelope.ts';
import { RebuiltProjection } from '../projections.ts';
import { SessionView } from '../run-orchestrator/session-view.ts';

/** A session token: `cwa_` and 256 random bits as 43 characters of base64url (RFC 4648 §5, no padding). */
export const SessionToken = z.string().regex(/^cwa_[A-Za-z0-9_-]{43}$/, 'must be cwa_ and 43 characters');

/** A session that was opened just now. The token is shown here and never again; only its SHA-256 is kept. */
export const OpenedSession = z.strictObject({ session: SessionView, token: SessionToken });
export type OpenedSession = z.infer<typeof OpenedSession>;

/** Events as CloudEvents, in the order of the log. */
export const AuditPage = z.strictObject({
  events: z.array(CloudEvent),
  /** Position to go on from: everything before it was looked at. */
  scannedTo: z.int().min(0),
  /** Position that the next event of the log will get. */
  nextPosition: z.int().min(0),
});
export type AuditPage = z.infer<typeof AuditPage>;

export const RebuiltProjections = z.strictObject({ projections: z.array(RebuiltProjection) });
export type RebuiltProjections = z.infer<typeof RebuiltProjections>;

export const Health = z.strictObject({
  service: z.string(),
  status: z.string(),
  failing: z.array(z.string()).optional(),
});
export type Health = z.infer<typeof Health>;
