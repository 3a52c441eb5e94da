import { createHash } from 'node:crypto';
import { formatId, type FetchResult, type ResourceId, type StepGrant } from '@causeway/contracts';
import type { PolicyPack } from '@causeway/policy';
import type { Overflow } from '../fetch/exchange.ts';
import { halt, stop, type Stop } from '../fetch/fetch-stop.ts';
import type { FetchRequest } from '../fetch/request-guard.ts';
import { mediaTypeOf } from '../fetch/response-guard.ts';
import { sniffStop } from '../guards/content-guard.ts';
import { uploadTo, type LargeBodies, type Upload } from './large-bodies.ts';

/** What a result says of a body that was kept. */
export type KeptBody = Pick<FetchResult, 'bodyResource' | 'bodyEncoding' | 'sizeBytes' | 'sha256'>;

/** How much of an answer is taken, and what becomes of one that does not fit a reply. */
export type BodyRoom = {
  readonly maxBodyBytes: number;
  readonly overflow: Overflow | undefined;
  /** What is said of a body that overflowed; undefined when none did. */
  readonly end: () => Promise<KeptBody | undefined>;
};
type Kept = {
  readonly grant: StepGrant;
  readonly request: FetchRequest;
  /** Most bytes that the rule takes, where it takes fewer than the pack: what is larger is refused, not kept. */
  readonly ruleBytes?: number | undefined;
  /** Where the body comes from. */
  readonly ref: string;
};

/** How much of an answer is taken, and what becomes of a body that does not fit a reply: a resource, where policy and grant have room for one. */
export function keptBody(
  {
    policy: { pack },
    bodies,
  }: { readonly policy: { readonly pack: Pick<PolicyPack, 'egress'> }; readonly bodies: LargeBodies },
  { grant, request, ruleBytes = Number.MAX_SAFE_INTEGER, ref }: Kept,
): BodyRoom {
  const { maxResponseBytes, maxKeptBytes } = pack.egress;
  const most = Math.min(grant.byteAllowance, request.maxBytes ?? Number.MAX_SAFE_INTEGER, ruleBytes);
  const inLineBytes = Math.min(maxResponseBytes, most);
  const keptBytes = request.inlineOnly ? 0 : Math.min(maxKeptBytes, most, grant.reserved?.storedBytes ?? 0);
  if (keptBytes <= inLineBytes) return { maxBodyBytes: inLineBytes, overflow: undefined, end: async () => undefined };
  const begun: { upload?: Upload; mediaType?: string } = {};
  const overflow: Overflow = {
    afterBytes: inLineBytes,
    take: async (bytes, head) => {
      begun.mediaType ??= mediaTypeOf(head.headers) ?? 'application/octet-stream';
      if (!begun.upload) halt(firstBytesStop(bytes, begun.mediaType));
      begun.upload ??= uploadTo(bodies, grant);
      await begun.upload.write(bytes);
    },
  };
  const end = async (): Promise<KeptBody | undefined> => {
    if (!begun.upload || begun.mediaType === undefined) return undefined;
    const bodyResource = bodyIdOf(grant.callId);
    const whole = await begun.upload.end({ resourceId: bodyResource, mediaType: begun.mediaType, ref });
    return { ...whole, bodyResource, bodyEncoding: 'base64' };
  };
  return { maxBodyBytes: keptBytes, overflow, end };
}

/** A picture of text is looked through as a whole for scripts: one that does not fit in memory is not taken. */
export function firstBytesStop(bytes: Uint8Array, mediaType: string): Stop | undefined {
  if (mediaType === 'image/svg+xml')
    return stop('RESPONSE_TOO_LARGE', 'body', 'a picture that may hold scripts is too large to be looked through');
  return sniffStop(bytes, mediaType);
}

/** The id of the resource that a call's body is kept as: the same for the same call. */
const bodyIdOf = (callId: string): (typeof ResourceId)['_output'] =>
  formatId('resource', createHash('sha256').update(`causeway.body.v1\n${callId}`).digest().subarray(0, 16));
