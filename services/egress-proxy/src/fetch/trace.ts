import type { ModelUsage, OwnCallsUsed } from '@causeway/contracts';
import type { CanonicalUrl } from '@causeway/policy';

/** What is known of a call so far; a refusal half-way is recorded with it. */
export type Trace = {
  url?: CanonicalUrl;
  rule: string;
  readonly hops: { url: string; address?: string; rule: string; secret?: string; status?: number }[];
  bytesIn: number;
  bytesOut: number;
  /** Any byte of the request may have left. */
  sent: boolean;
  /** Digest of a body that was sent by reference. */
  sentSha256?: string;
  /** Of a model call. */
  usage?: ModelUsage;
  /** Of a tunnel that is looked into. */
  intercepted?: { readonly certificateSha256: string; readonly requests: number };
  /** What calls of our own used that this one made necessary. */
  ownCalls?: OwnCallsUsed;
  /** Of a call of our own: the call that it is made for. */
  madeFor?: string;
};

export const newTrace = (rule: string): Trace => ({ rule, hops: [], bytesIn: 0, bytesOut: 0, sent: false });
