import type {
  DataOf,
  ingestResource,
  keepResult,
  ReplyEnvelope,
  ReplyOf,
  RequestMeta,
  ResourceView,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import type { Blobs } from './blobs.ts';
import type { Content, contentReader } from './content.ts';
import { resourceIdOf } from './digest.ts';
import { labelOf } from './domain/label.ts';
import { viewOf } from './domain/resource.ts';
import { grantRefusal } from './grant.ts';
import type { ResourceLog } from './resource-log.ts';

type Call = { readonly data: DataOf<typeof ingestResource.call>; readonly meta: RequestMeta };
type Result = { readonly data: DataOf<typeof keepResult>; readonly meta: RequestMeta };
type Owner = Pick<ResourceView, 'resourceId' | 'runId' | 'sessionId' | 'stepId' | 'label'>;

export type IngestOptions = {
  readonly contentOf: ReturnType<typeof contentReader>;
  readonly blobs: Blobs;
  readonly log: ResourceLog;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  readonly maxResultBytes: number;
};

/** Takes resources in. The body is durable before the event that names it is sealed, and an answer is given only after that. */
export function ingester({ contentOf, blobs, log, now, maxResultBytes }: IngestOptions) {
  async function keep(owner: Owner, content: Omit<Content, 'bytesIn' | 'bytesOut'>, meta: RequestMeta) {
    const { bytes, mediaType, provenance } = content;
    const sha256 = await blobs.keep(bytes);
    return log.seal({ ...owner, sha256, sizeBytes: bytes.length, mediaType, provenance, ingestedAt: now() }, meta);
  }

  async function ingest({
    data: { grant, input },
    meta,
  }: Call): Promise<ReplyEnvelope<ReplyOf<typeof ingestResource.call>>> {
    const refusal = grantRefusal(grant, input, Date.parse(now()));
    if (refusal) return { ok: false, rejection: refusal };
    const { sessionId, runId, stepId } = grant;
    const resourceId = resourceIdOf(runId, stepId);
    const known = await log.find(resourceId);
    if (known) {
      const { sizeBytes: storedBytes, position: factPosition } = known;
      return ok({ result: viewOf(known), bytesIn: 0, bytesOut: 0, storedBytes, factPosition });
    }
    const content = await contentOf({ grant, input, meta });
    if (!content.ok) return content;
    const label = labelOf(input.source, 'holds-outside-text');
    const kept = await keep({ resourceId, sessionId, runId, stepId, label }, content.value, meta);
    const { bytesIn, bytesOut } = content.value;
    return ok({ result: viewOf(kept), bytesIn, bytesOut, storedBytes: kept.sizeBytes, factPosition: kept.position });
  }

  async function keepStepResult({ data, meta }: Result): Promise<ReplyEnvelope<ResourceView>> {
    const { resourceId, sessionId, runId, stepId, capability, json, untrusted } = data;
    const bytes = Buffer.from(json);
    if (bytes.length > maxResultBytes) {
      return rejected(
        'RESOURCE_TOO_LARGE',
        `the result has ${bytes.length} bytes and at most ${maxResultBytes} are kept; ask for less`,
      );
    }
    const label = labelOf('result', untrusted ? 'holds-outside-text' : 'own-words');
    const content = {
      bytes,
      mediaType: 'application/json',
      provenance: { source: 'result' as const, ref: capability },
    };
    return ok(viewOf(await keep({ resourceId, sessionId, runId, stepId, label }, content, meta)));
  }

  return { ingest, keepStepResult };
}
export type Ingester = ReturnType<typeof ingester>;
