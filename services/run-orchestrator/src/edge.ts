import { hash, randomBytes, randomUUID } from 'node:crypto';
import { formatId } from '@causeway/contracts';

/** Time and chance, as the rest of the service gets them. */
export type Edge = { readonly now: () => string; readonly newUuid: () => string; readonly nonce: () => string };

export const systemEdge: Edge = {
  now: () => new Date().toISOString(),
  newUuid: () => randomUUID(),
  nonce: () => randomBytes(16).toString('base64url'),
};

/** 16 bytes that always follow from the same text. */
export const derived = (text: string): Uint8Array => hash('sha256', text, 'buffer').subarray(0, 16);

/** SHA-256 of a text as 64 hexadecimal digits. */
export const sha256Hex = (text: string): string => hash('sha256', text, 'hex');

/** The id of one attempt of a step: always the same, so that a repeated call is known to be the same call. */
export const callIdOf = (runId: string, stepId: string, attempt: number): string =>
  formatId('call', derived(`${runId}/${stepId}/${attempt}`));

/** The id of the approval that a step waits for. */
export const approvalIdOf = (runId: string, stepId: string): string =>
  formatId('approval', derived(`${runId}/${stepId}`));

/** The id of the standing grant that is issued with an approval: at most one. */
export const grantIdOf = (approvalId: string): string => formatId('grant', derived(`${approvalId}/grant`));

/** The id under which a call's large result is kept. */
export const resultIdOf = (callId: string): string => formatId('resource', derived(`${callId}/result`));

/** The id under which a checkpoint's body is kept. */
export const bodyIdOf = (checkpointId: string): string => formatId('resource', derived(`${checkpointId}/body`));

/** This much later, in ms. */
export const later = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

/** The stream of a capability. */
export const capabilityStreamOf = (id: string): string => formatId('capability', derived(`capability/${id}`));

/** The id of the run of an occurrence: always the same, and sorted among other runs by the instant at which it is due. */
export function runIdOf(scheduleId: string, occurrence: string): string {
  const bytes = new Uint8Array(derived(`${scheduleId}/${occurrence}`));
  const time = new DataView(bytes.buffer);
  const dueMs = Date.parse(occurrence);
  time.setUint16(0, Math.floor(dueMs / 2 ** 32));
  time.setUint32(2, dueMs % 2 ** 32);
  return formatId('run', bytes);
}
