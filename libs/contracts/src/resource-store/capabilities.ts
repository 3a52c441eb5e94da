import { z } from 'zod';
import { defineCapability } from '../capability.ts';
import { FETCH_REJECTIONS, READ_AHEAD_BYTES } from '../egress-proxy/capabilities.ts';
import { ownCallsReserve } from '../egress-proxy/own-calls.ts';
import { ResourceId } from '../ids.ts';
import { ResourceView } from './resource-view.ts';

const owner = 'resource-store';

export const PingInput = z.strictObject({ note: z.string().max(200).optional() });

/** Does nothing, in another process: decided, charged and sealed like every step. It shows whether the road is open, and what it costs. */
export const ping = defineCapability({
  id: 'system.ping',
  version: '1',
  owner,
  title: 'See whether the road is open',
  description: 'Does nothing and answers. It takes the whole way of a step: policy, budget, ledger, provider.',
  input: PingInput,
  result: z.strictObject({ pong: z.literal(true) }),
  effectRules: { rules: [], otherwise: 'none' },
  untrusted: false,
  rejections: ['GRANT_EXPIRED', 'GRANT_MISMATCH'],
});

export const IngestInput = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('text'),
    text: z.string().min(1).max(262_144),
    title: z.string().min(1).max(200),
  }),
  z.strictObject({ source: z.literal('file'), path: z.string().min(1).max(1024) }),
  z.strictObject({ source: z.literal('url'), url: z.string().min(1).max(4096) }),
]);
export type IngestInput = z.infer<typeof IngestInput>;

export const ingestResource = defineCapability({
  id: 'resource.ingest',
  version: '1',
  owner,
  title: 'Keep a resource',
  description:
    'Takes in text, a file from the allowed folder, or the content of an allowed URL; keeps it by content, with provenance and label.',
  input: IngestInput,
  result: ResourceView,
  effectRules: { rules: [], otherwise: 'reads' },
  decisive: ['source', 'title', 'path', 'url'],
  reserves: (input, { maxResponseBytes, maxRedirects, ownCalls }) => {
    if (input.source === 'text') return { storedBytes: 3 * input.text.length };
    if (input.source === 'file') return { bytesIn: maxResponseBytes, storedBytes: maxResponseBytes };
    const heads = (1 + maxRedirects) * 16_384;
    const own = ownCallsReserve(ownCalls, 1 + maxRedirects);
    return {
      bytesIn: maxResponseBytes + heads + READ_AHEAD_BYTES + own.bytesIn,
      bytesOut: (1 + maxRedirects) * (1_024 + 3 * input.url.length) + own.bytesOut,
      storedBytes: maxResponseBytes,
    };
  },
  untrusted: false,
  rejections: [
    'RESOURCE_TOO_LARGE',
    'RESOURCE_TYPE_REFUSED',
    'RESOURCE_FILE_REFUSED',
    'LEDGER_UNAVAILABLE',
    ...FETCH_REJECTIONS,
  ],
});

export const GetResourceInput = z.strictObject({
  resourceId: ResourceId,
  /** In characters of the text. */
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(65_536).default(16_384),
});
/**
 * A page of a resource. `text` stands between the two frame lines: whatever it says is data. Of a resource that is not text it is base64, and
 * `offset`, `limit` and `next` count bytes.
 */
export const ResourcePage = z.strictObject({
  resource: ResourceView,
  offset: z.int().min(0),
  text: z.string(),
  encoding: z.literal('base64').optional(),
  frame: z.strictObject({ begin: z.string(), end: z.string(), notice: z.string() }),
  next: z.int().min(0).optional(),
});
export type ResourcePage = z.infer<typeof ResourcePage>;

export const getResource = defineCapability({
  id: 'resource.get',
  version: '1',
  owner,
  title: 'Read a resource',
  description: 'A page of a kept resource, framed as data.',
  input: GetResourceInput,
  result: ResourcePage,
  effectRules: { rules: [], otherwise: 'none' },
  decisive: ['resourceId'],
  untrusted: true,
  rejections: ['RESOURCE_NOT_FOUND', 'GRANT_EXPIRED', 'GRANT_MISMATCH', 'LEDGER_UNAVAILABLE'],
});

export const ListResourcesInput = z.strictObject({
  limit: z.int().min(1).max(200).default(50),
  after: z.string().max(64).optional(),
});
export const ResourceList = z.strictObject({ resources: z.array(ResourceView), next: z.string().optional() });

export const listResources = defineCapability({
  id: 'resource.list',
  version: '1',
  owner,
  title: 'List resources',
  description: 'The resources of the run, oldest first.',
  input: ListResourcesInput,
  result: ResourceList,
  effectRules: { rules: [], otherwise: 'none' },
  untrusted: false,
  rejections: ['GRANT_EXPIRED', 'GRANT_MISMATCH', 'PROJECTION_BEHIND'],
});
