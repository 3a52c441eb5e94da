import type { PreparedEvent } from './prepare.ts';
import type { HeadOfLog, SealedEvent } from './seal.ts';

/** What of an event is written. */
export type WrittenEvent = Pick<SealedEvent, 'position' | 'version' | 'leaf' | 'leafHash' | 'chain'> & {
  readonly event: Pick<PreparedEvent, 'id' | 'stream' | 'type' | 'scope' | 'beside'>;
};

/** What of an append is written beside its events. */
export type WrittenAppend = {
  readonly appendId: string;
  readonly contentHash: string;
  readonly events: { readonly length: number };
};

/** What of a batch is written. */
export type WrittenBatch = {
  readonly events: readonly WrittenEvent[];
  readonly appends: readonly WrittenAppend[];
  readonly from: HeadOfLog;
  readonly to: HeadOfLog;
};
