import type { EventLike } from './decider.ts';

export type Principal = { readonly kind: 'agent' | 'operator' | 'clock' | 'system'; readonly id: string };

/** An event in the log: what happened, where it stands, who caused it. Once erased, placeholders stand for what was erased. */
export type Recorded<Event extends EventLike = EventLike> = Event & {
  readonly position: number;
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly time: string;
  readonly scope: string;
  readonly actor: Principal;
  readonly erased?: true;
};

export type PendingEvent = {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly scope?: string;
  readonly actor?: Principal;
  readonly correlationId?: string;
  readonly causationId?: string;
};

export type AppendRequest = {
  readonly appendId: string;
  readonly writes: readonly {
    readonly stream: string;
    readonly expected: number | 'none' | 'exists' | 'any';
    readonly events: readonly PendingEvent[];
  }[];
};

export type AppendAnswer =
  | { readonly appended: true; readonly firstPosition: number; readonly lastPosition: number }
  /** Some stream is not at the expected version: decide again on what is there now. */
  | { readonly appended: false; readonly conflict: string };

/**
 * The ledger, as the rest of a service sees it. `append` MUST be answered only after the events are durable, MUST be all or nothing, and
 * the same request again MUST have the first answer. Anything but an answer is thrown.
 */
export type LedgerPort = {
  readonly append: (request: AppendRequest) => Promise<AppendAnswer>;
  /** All events of a stream from this version on, in order. */
  readonly readStream: (stream: string, fromVersion: number) => Promise<readonly Recorded[]>;
  /** A page of the log from this position on, in order, complete up to `scannedTo`; of some types, or of one scope, when given. */
  readonly readAll: (query: {
    fromPosition: number;
    limit: number;
    types?: readonly string[];
    scope?: string;
  }) => Promise<{
    readonly events: readonly Recorded[];
    readonly scannedTo: number;
    readonly nextPosition: number;
  }>;
};
