import { createHash } from 'node:crypto';
import { CHUNK_BYTES, type StepGrant } from '@causeway/contracts';
import { FetchStopped, stop } from '../fetch/fetch-stop.ts';
import type { LargeBodies } from './large-bodies.ts';
import type { PieceBody } from './piece-body.ts';

/** A resource on its way out as the body of a request. */
export type ReferredBody = PieceBody & {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
};

type Wanted = {
  readonly resourceId: string;
  readonly grant: StepGrant;
  readonly maxSentBytes: number;
  readonly signal: AbortSignal;
};

/** Looks a resource of the session up that is to be sent. Throws FetchStopped RESOURCE_NOT_FOUND, or REQUEST_BODY_TOO_LARGE. */
export async function referredBody(bodies: LargeBodies, wanted: Wanted): Promise<ReferredBody> {
  const { resourceId, grant, maxSentBytes, signal } = wanted;
  const { resource } = await bodies.read({ resourceId, offset: 0, limit: 0 }, grant);
  const { sizeBytes, sha256, mediaType } = resource;
  if (sizeBytes > maxSentBytes)
    throw refusal(
      'REQUEST_BODY_TOO_LARGE',
      `${resourceId} has ${sizeBytes} bytes; policy lets ${maxSentBytes} be sent`,
    );

  async function* pieces(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    for (let offset = 0; offset < sizeBytes;) {
      signal.throwIfAborted();
      const { bytes } = await bodies.read({ resourceId, offset, limit: CHUNK_BYTES }, grant).catch(brokenOff);
      offset += bytes.length;
      hash.update(bytes);
      const isWhole = offset === sizeBytes && hash.digest('hex') === sha256;
      if (bytes.length === 0 || (offset >= sizeBytes && !isWhole))
        brokenOff(`${resourceId} is no longer what was kept`);
      yield bytes;
    }
  }
  return { sizeBytes, sha256, mediaType, pieces };
}

/** Some of it may have left by now: this is no refusal. */
function brokenOff(cause: unknown): never {
  const detail = `the body could not be read to its end, and was not sent whole: ${String(cause)}`;
  throw new FetchStopped(stop('INTERNAL', 'exchange', detail), { cause });
}

const refusal = (code: 'RESOURCE_NOT_FOUND' | 'REQUEST_BODY_TOO_LARGE', detail: string): FetchStopped =>
  new FetchStopped(stop(code, 'request', detail));
