import { createHash } from 'node:crypto';
import type { StepGrant } from '@causeway/contracts';
import type { PolicyPack } from '@causeway/policy';
import type { Overflow } from '../fetch/exchange.ts';
import { halt } from '../fetch/fetch-stop.ts';
import { mediaTypeOf, shownHeaders, type ResponseHead } from '../fetch/response-guard.ts';
import type { PassingScan } from '../secrets/echo/echo-scan.ts';
import { firstBytesStop, type BodyRoom } from './kept-body.ts';

/** The head of an answer as its reader gets it. */
export type AnswerHead = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As announced by the destination; undefined where it did not. */
  readonly sizeBytes: number | undefined;
};

/** Who reads an answer while it comes in. */
export type AnswerSink = {
  /** Told once, before the first bytes. */
  readonly begin: (head: AnswerHead) => void;
  /** Resolves when there is room for more. Throws FetchStopped CONNECTION_GONE once nobody reads any more. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
};

type Passing = {
  readonly grant: StepGrant;
  readonly sink?: AnswerSink | undefined;
  /** Looks for secrets in what comes; it has seen all that is taken here. */
  readonly scan: PassingScan | undefined;
  /** Most bytes that the rule takes, where it takes fewer than the pack. */
  readonly ruleBytes?: number | undefined;
};
type Limits = Pick<PolicyPack['egress'], 'maxResponseBytes' | 'forwardBytesIn'>;

/** So much of an answer is held until there is more: a smaller one is given as a whole, and only after its fact is sealed. */
const HELD_BYTES = 65_536;

/**
 * How much of a forwarded answer is taken, and how what is large goes on to its reader while it comes in: not before its first bytes are what its type
 * says, and never bytes that a secret may begin in. What is found later ends the call, and the reader never gets the end of it.
 */
export function passedAnswer(
  { maxResponseBytes, forwardBytesIn = 0 }: Limits,
  { grant, sink, scan, ruleBytes = Number.MAX_SAFE_INTEGER }: Passing,
): BodyRoom {
  const most = Math.min(Math.max(maxResponseBytes, forwardBytesIn), grant.byteAllowance, ruleBytes);
  if (!sink || most <= HELD_BYTES)
    return { maxBodyBytes: Math.min(maxResponseBytes, most), overflow: undefined, end: async () => undefined };
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let heldBack: Buffer = Buffer.alloc(0);
  const overflow: Overflow = {
    afterBytes: HELD_BYTES,
    take: async (bytes, head) => {
      if (sizeBytes === 0) {
        halt(firstBytesStop(bytes, mediaTypeOf(head.headers) ?? 'application/octet-stream'));
        sink.begin(answerHead(head));
      }
      hash.update(bytes);
      sizeBytes += bytes.length;
      const { go, stay } = released(heldBack, bytes, scan);
      heldBack = stay;
      if (go.length > 0) await sink.write(go);
    },
  };
  const end = async () => {
    if (sizeBytes === 0) return undefined;
    if (heldBack.length > 0) await sink.write(heldBack);
    return { sizeBytes, sha256: hash.digest('hex'), bodyEncoding: 'base64' as const };
  };
  return { maxBodyBytes: most, overflow, end };
}

function answerHead({ status, headers }: ResponseHead): AnswerHead {
  const announced = headers['content-length'];
  return { status, headers: shownHeaders(headers), sizeBytes: announced === undefined ? undefined : Number(announced) };
}

const NOTHING = Buffer.alloc(0);

/** What may go on of what was held back and what came: all of it, unless it ends in what may be the beginning of a secret. */
export function released(
  heldBack: Buffer,
  bytes: Uint8Array,
  scan: Pick<PassingScan, 'isPending' | 'longestBytes'> | undefined,
): { readonly go: Uint8Array; readonly stay: Buffer } {
  const whole = heldBack.length === 0 ? bytes : Buffer.concat([heldBack, bytes]);
  if (!scan?.isPending()) return { go: whole, stay: NOTHING };
  const at = Math.max(0, whole.length - scan.longestBytes);
  return { go: whole.subarray(0, at), stay: Buffer.from(whole.subarray(at)) };
}
