import { createHash } from 'node:crypto';
import type { ResourceView } from '@causeway/contracts';
import type { BodyTerms, LargeBodies } from '../src/bodies/large-bodies.ts';
import { FetchStopped, stop } from '../src/fetch/fetch-stop.ts';

export type MemoryBodies = {
  readonly bodies: LargeBodies;
  /** Whole bodies by the id of their resource. */
  readonly whole: Map<string, { readonly terms: Partial<BodyTerms>; readonly bytes: Buffer }>;
  /** Sizes of the pieces, in the order in which they came. */
  readonly pieces: number[];
  /** Most pieces that were on their way at once. */
  readonly most: () => number;
};

/** What resource-store does with large bodies, in memory. */
export function memoryBodies(): MemoryBodies {
  const uploads = new Map<string, Buffer[]>();
  const whole: MemoryBodies['whole'] = new Map();
  const pieces: number[] = [];
  const count = { now: 0, most: 0 };
  const bodies: LargeBodies = {
    put: async ({ uploadId, number, bytes }) => {
      count.most = Math.max(count.most, ++count.now);
      await new Promise((resolve) => setImmediate(resolve));
      count.now--;
      pieces.push(bytes.length);
      const upload = uploads.get(uploadId) ?? [];
      upload[number] = Buffer.from(bytes);
      uploads.set(uploadId, upload);
    },
    keep: async ({ uploadId, ...terms }) => {
      whole.set(terms.resourceId, { terms, bytes: Buffer.concat(uploads.get(uploadId) ?? []) });
    },
    read: async ({ resourceId, offset, limit }) => {
      const found = whole.get(resourceId);
      if (!found) throw new FetchStopped(stop('RESOURCE_NOT_FOUND', 'body', `there is no resource ${resourceId}`));
      const sha256 = createHash('sha256').update(found.bytes).digest('hex');
      const resource = {
        sizeBytes: found.bytes.length,
        mediaType: 'text/plain',
        sha256,
        ...found.terms,
      } as ResourceView;
      return { resource, bytes: found.bytes.subarray(offset, offset + limit) };
    },
  };
  return { bodies, whole, pieces, most: () => count.most };
}
