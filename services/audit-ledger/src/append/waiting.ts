import type { Appended, ReplyEnvelope } from '@causeway/contracts';
import type { PreparedAppend } from './prepare.ts';

/** An append that waits for its batch. */
export type Waiting = {
  readonly request: PreparedAppend;
  readonly answer: (reply: ReplyEnvelope<Appended>) => void;
  /** Whether it may be in the log already: its outcome was not learned, so its ids are looked up first. */
  readonly mayBeStored: boolean;
};

/** What waits, in order of arrival, within bounds. */
export type WaitingLine = {
  readonly count: () => number;
  readonly events: () => number;
  /** False, and nothing added, when the line is full. */
  readonly add: (waiting: Waiting) => boolean;
  /** Puts these back in front; they were in the line before, so there is always room. */
  readonly putBack: (waiting: readonly Waiting[]) => void;
  /** Takes from the front as many as fit into a batch; at least one, if there is one. */
  readonly take: () => readonly Waiting[];
  readonly takeAll: () => readonly Waiting[];
};

export type Bounds = {
  readonly maxWaitingEvents: number;
  readonly maxWaitingBytes: number;
  readonly maxBatchEvents: number;
  readonly maxBatchBytes: number;
};

/** An empty line. */
export function waitingLine(bounds: Bounds): WaitingLine {
  let line: Waiting[] = [];
  let events = 0;
  let sizeBytes = 0;

  function count(waiting: readonly Waiting[], sign: 1 | -1): void {
    for (const { request } of waiting) {
      events += sign * request.events.length;
      sizeBytes += sign * request.sizeBytes;
    }
  }

  function cut(length: number): readonly Waiting[] {
    const taken = line.splice(0, length);
    count(taken, -1);
    return taken;
  }

  function batchLength(): number {
    let batchEvents = 0;
    let batchBytes = 0;
    const past = line.findIndex(({ request }) => {
      batchEvents += request.events.length;
      batchBytes += request.sizeBytes;
      return batchEvents > bounds.maxBatchEvents || batchBytes > bounds.maxBatchBytes;
    });
    return past === -1 ? line.length : Math.max(1, past);
  }

  return {
    count: () => line.length,
    events: () => events,
    add: (waiting) => {
      if (events >= bounds.maxWaitingEvents || sizeBytes >= bounds.maxWaitingBytes) return false;
      line.push(waiting);
      count([waiting], 1);
      return true;
    },
    putBack: (waiting) => {
      line = [...waiting, ...line];
      count(waiting, 1);
    },
    take: () => cut(batchLength()),
    takeAll: () => cut(line.length),
  };
}
