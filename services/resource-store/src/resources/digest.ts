import { hash } from 'node:crypto';
import { formatId } from '@causeway/contracts';

/** SHA-256 as 64 hexadecimal digits. */
export const sha256Hex = (content: string | Uint8Array): string => hash('sha256', content, 'hex');

/** The id of what a step takes in: always the same, so that a repeated step finds what the first attempt kept. */
export const resourceIdOf = (runId: string, stepId: string): string =>
  formatId('resource', hash('sha256', `${runId}/${stepId}`, 'buffer').subarray(0, 16));

/** The mark of a page's frame: 128 bits that depend on the whole content and on where the page begins. */
export const frameMark = (contentSha256: string, offset: number): string =>
  sha256Hex(`causeway.frame.v1\n${contentSha256}\n${offset}`).slice(0, 32);
