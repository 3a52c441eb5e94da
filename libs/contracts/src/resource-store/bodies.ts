import { z } from 'zod';
import { StepGrant } from '../capability.ts';
import { defineCommand, defineQuery } from '../define.ts';
import { ResourceId, SessionId, Sha256Hex } from '../ids.ts';
import { ResourceView } from './resource-view.ts';

const owner = 'resource-store';

/** Most bytes of one piece of a large body: it travels in one message of the bus, behind the data. */
export const CHUNK_BYTES = 262_144;
/** Most bytes of one body that is kept in pieces: 2 GiB. */
export const MAX_BODY_BYTES = 2 * 1_024 ** 3;

const number = z
  .int()
  .min(0)
  .max(MAX_BODY_BYTES / CHUNK_BYTES - 1);

/**
 * Keeps one piece of a body that is too large for one message. The same piece again is the same piece; another under the same number is
 * refused. It is durable once this is answered, and forgotten a day later when no body was made of it.
 */
export const putChunk = defineCommand({
  owner,
  name: 'put-chunk',
  data: z.strictObject({ uploadId: z.uuid(), number, sha256: Sha256Hex }),
  dataBytes: CHUNK_BYTES,
  reply: z.strictObject({ number }),
  rejections: ['ID_REUSED'],
});

/**
 * Makes a resource of the pieces of an upload, once they are all there and together have this digest. It belongs to the step of the grant, came
 * from `ref`, and is untrusted. The same again is the same resource.
 */
export const keepBody = defineCommand({
  owner,
  name: 'keep-body',
  data: z.strictObject({
    resourceId: ResourceId,
    uploadId: z.uuid(),
    grant: StepGrant,
    chunks: z.int().min(1),
    sizeBytes: z.int().min(1).max(MAX_BODY_BYTES),
    sha256: Sha256Hex,
    mediaType: z.string().max(256),
    ref: z.string().max(4096),
  }),
  reply: ResourceView,
  rejections: ['RESOURCE_TOO_LARGE', 'RESOURCE_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

/** Bytes of a resource of this session, from `offset`, at most `limit` of them: they are behind the reply. */
export const readBody = defineQuery({
  owner,
  name: 'read-body',
  data: z.strictObject({
    resourceId: ResourceId,
    sessionId: SessionId,
    offset: z.int().min(0),
    limit: z.int().min(0).max(CHUNK_BYTES),
  }),
  reply: z.strictObject({ resource: ResourceView }),
  replyBytes: CHUNK_BYTES,
  rejections: ['RESOURCE_NOT_FOUND'],
});
