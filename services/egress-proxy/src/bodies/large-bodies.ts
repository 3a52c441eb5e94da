import { createHash, randomUUID } from 'node:crypto';
import {
  CHUNK_BYTES,
  keepBody,
  putChunk,
  readBody,
  type DataOf,
  type MessageContract,
  type ReplyOf,
  type RequestMeta,
  type ResourceView,
  type StepGrant,
} from '@causeway/contracts';
import type { Bus, RequestOptions } from '@causeway/messaging';
import type { SpentBuffers } from '@causeway/service-kit';
import { FetchStopped, stop, type FetchCode } from '../fetch/fetch-stop.ts';

/** What a body becomes when it is whole. */
export type BodyTerms = Omit<DataOf<typeof keepBody>, 'uploadId' | 'chunks' | 'grant'> & { readonly grant: StepGrant };
export type Chunk = DataOf<typeof putChunk> & { readonly bytes: Buffer };
export type BodyRange = Pick<DataOf<typeof readBody>, 'resourceId' | 'offset' | 'limit'>;
export type BodyPart = { readonly resource: ResourceView; readonly bytes: Uint8Array };

/** Bodies that do not fit a message. All throw FetchStopped: BODY_NOT_KEPT, or RESOURCE_NOT_FOUND for what cannot be read. */
export type LargeBodies = {
  readonly put: (chunk: Chunk, grant: StepGrant) => Promise<void>;
  readonly keep: (terms: BodyTerms & { readonly uploadId: string; readonly chunks: number }) => Promise<void>;
  readonly read: (range: BodyRange, grant: StepGrant) => Promise<BodyPart>;
};

/** An answer is asked for again after so long, in ms: every piece is idempotent. A whole body is read through before it is kept. */
const PUT_AGAIN_MS = 3_000;
const KEEP_AGAIN_MS = 20_000;

/** A piece, its message, and the packet in which it leaves or came. */
const COPIES = 3;

/** The bodies that resource-store keeps. */
export function bodiesOnBus(bus: Pick<Bus, 'request'>, spent: SpentBuffers): LargeBodies {
  async function ask<C extends MessageContract>(
    contract: C,
    data: C['data']['_zod']['input'],
    { grant, otherwise, ...options }: Asking,
  ): Promise<Got<ReplyOf<C>>> {
    const timeoutMs = Math.max(1, Date.parse(grant.deadlineAt) - Date.now());
    const reply = await bus.request(contract, data, metaOf(grant), { timeoutMs, ...options });
    if (reply.ok) return { value: reply.value, bytes: reply.bytes };
    const { code, detail } = reply.rejection;
    throw new FetchStopped(stop(code === 'RESOURCE_NOT_FOUND' ? otherwise : 'BODY_NOT_KEPT', 'body', detail));
  }

  return {
    put: async ({ bytes, ...chunk }, grant) => {
      await ask(putChunk, chunk, { grant, bytes, attemptMs: PUT_AGAIN_MS, otherwise: 'BODY_NOT_KEPT' });
      spent.add(COPIES * bytes.length);
    },
    keep: async (terms) => {
      await ask(keepBody, terms, { grant: terms.grant, attemptMs: KEEP_AGAIN_MS, otherwise: 'BODY_NOT_KEPT' });
    },
    read: async (range, grant) => {
      const asked = { ...range, sessionId: grant.sessionId };
      const found = await ask(readBody, asked, { grant, attemptMs: PUT_AGAIN_MS, otherwise: 'RESOURCE_NOT_FOUND' });
      const { bytes = new Uint8Array() } = found;
      spent.add(COPIES * bytes.length);
      return { resource: found.value.resource, bytes };
    },
  };
}

type Asking = Pick<RequestOptions, 'attemptMs' | 'bytes'> & {
  readonly grant: StepGrant;
  readonly otherwise: FetchCode;
};
type Got<Value> = { readonly value: Value; readonly bytes: Uint8Array | undefined };

const metaOf = ({ callId, agentId, runId }: StepGrant): RequestMeta => ({
  id: `${callId}-body`,
  actor: { kind: 'agent', id: agentId },
  correlationId: runId,
});

/** Pieces on their way at a time: with the copies that the bus makes of them, all that is in memory of a body. */
const MOST_ON_THE_WAY = 4;

export type Upload = {
  /** Resolves when there is room for more. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Sends the rest and makes a resource of it all. */
  readonly end: (
    terms: Pick<BodyTerms, 'resourceId' | 'mediaType' | 'ref'>,
  ) => Promise<{ readonly sizeBytes: number; readonly sha256: string }>;
};

/** Cuts a body into pieces and sends them on. Whoever writes waits while {@link MOST_ON_THE_WAY} pieces are not durable yet. */
export function uploadTo(bodies: LargeBodies, grant: StepGrant): Upload {
  const uploadId = randomUUID();
  const whole = createHash('sha256');
  const onTheWay = new Set<Promise<void>>();
  const trouble: { error?: unknown } = {};
  const free: Buffer[] = [];
  let piece: Buffer | undefined;
  let gatheredBytes = 0;
  let sizeBytes = 0;
  let chunks = 0;

  async function send(): Promise<void> {
    if (!piece) return;
    const whose = piece;
    const bytes = whose.subarray(0, gatheredBytes);
    piece = undefined;
    gatheredBytes = 0;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const sent = bodies.put({ uploadId, number: chunks++, sha256, bytes }, grant).then(
      () => void free.push(whose),
      (error: unknown) => {
        trouble.error ??= error;
      },
    );
    onTheWay.add(sent);
    void sent.then(() => onTheWay.delete(sent));
    while (onTheWay.size >= MOST_ON_THE_WAY) await Promise.race(onTheWay);
    halted(trouble);
  }

  async function write(bytes: Uint8Array): Promise<void> {
    whole.update(bytes);
    sizeBytes += bytes.length;
    for (let from = 0; from < bytes.length;) {
      piece ??= free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const part = bytes.subarray(from, from + CHUNK_BYTES - gatheredBytes);
      piece.set(part, gatheredBytes);
      gatheredBytes += part.length;
      from += part.length;
      if (gatheredBytes === CHUNK_BYTES) await send();
    }
  }

  return {
    write,
    end: async (terms) => {
      if (gatheredBytes > 0) await send();
      await Promise.all(onTheWay);
      halted(trouble);
      const sha256 = whole.digest('hex');
      await bodies.keep({ ...terms, grant, uploadId, chunks, sizeBytes, sha256 });
      return { sizeBytes, sha256 };
    },
  };
}

function halted({ error }: { error?: unknown }): void {
  if (error !== undefined) throw error;
}
