import type { DataOf, keepBody, putChunk, readBody, ReplyEnvelope, ReplyOf, RequestMeta } from '@causeway/contracts';
import { ok, rejected, type Answered, type Incoming } from '@causeway/messaging';
import type { SpentBuffers } from '@causeway/service-kit';
import type { Blobs } from '../resources/blobs.ts';
import { sha256Hex } from '../resources/digest.ts';
import { labelOf } from '../resources/domain/label.ts';
import { viewOf } from '../resources/domain/resource.ts';
import type { ResourceLog } from '../resources/resource-log.ts';
import { between } from './body-page.ts';
import type { BodyStore } from './body-store.ts';

export type KeeperOptions = {
  readonly bodies: BodyStore;
  readonly blobs: Blobs;
  readonly log: ResourceLog;
  readonly spent: SpentBuffers;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
};
type Keep = { readonly data: DataOf<typeof keepBody>; readonly meta: RequestMeta };
type Read = DataOf<typeof readBody>;

/** A piece in the packets of the bus and of the database, as text among others, and as itself. */
const COPIES = 6;

export type BodyKeeper = ReturnType<typeof bodyKeeper>;

/** Takes large bodies in, piece by piece, and gives them out the same way: never a whole one in memory. */
export function bodyKeeper({ bodies, blobs, log, spent, now }: KeeperOptions) {
  async function put({ data, bytes = new Uint8Array() }: Pick<Incoming<typeof putChunk>, 'data' | 'bytes'>) {
    const { uploadId, number, sha256 } = data;
    if (sha256Hex(bytes) !== sha256)
      return rejected('REQUEST_INVALID', `piece ${number} is not what its digest says; send it again`);
    const answer = await bodies.put({ uploadId, number, sha256, bytes });
    spent.add(COPIES * bytes.length);
    return answer === 'kept'
      ? ok({ number })
      : rejected('ID_REUSED', `upload ${uploadId} has another piece ${number}; begin another upload`);
  }

  /** The body is durable before the event that names it is sealed, and an answer is given only after that. */
  async function keep({ data, meta }: Keep): Promise<ReplyEnvelope<ReplyOf<typeof keepBody>>> {
    const { resourceId, grant, sizeBytes, sha256, mediaType, ref } = data;
    const { runId, sessionId, stepId, callId, reserved } = grant;
    const known = await log.find(resourceId);
    if (known) return ok(viewOf(known));
    const mayStore = reserved?.storedBytes ?? 0;
    if (sizeBytes > mayStore)
      return rejected(
        'RESOURCE_TOO_LARGE',
        `it has ${sizeBytes} bytes; ${mayStore} are reserved for what the step keeps`,
      );
    const { wrong } = await bodies.seal(data);
    if (wrong !== undefined)
      return rejected('RESOURCE_NOT_FOUND', `upload ${data.uploadId} is no body: ${wrong}; upload it again`);
    const provenance = { source: 'url' as const, ref, callId };
    const whose = { resourceId, runId, sessionId, stepId, label: labelOf('url', 'holds-outside-text') };
    const kept = await log.seal({ ...whose, sha256, sizeBytes, mediaType, provenance, ingestedAt: now() }, meta);
    return ok(viewOf(kept));
  }

  async function bytesOf(sha256: string, { offset, limit }: Read): Promise<Buffer> {
    const large = await bodies.find(sha256);
    if (!large) return Buffer.from(await blobs.read(sha256)).subarray(offset, offset + limit);
    return between(bodies, large.uploadId, { offset, limit });
  }

  async function read(wanted: Read): Promise<Answered<ReplyOf<typeof readBody>>> {
    const kept = await log.find(wanted.resourceId);
    if (kept === undefined || kept.sessionId !== wanted.sessionId || kept.erased)
      return rejected('RESOURCE_NOT_FOUND', `there is no resource ${wanted.resourceId} in this session`);
    const bytes = await bytesOf(kept.sha256, wanted);
    spent.add(COPIES * bytes.length);
    return { ...ok({ resource: viewOf(kept) }), bytes };
  }

  return { put, keep, read };
}
