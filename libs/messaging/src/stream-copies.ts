import { jetstreamManager, type JetStreamManager, type NextMsgRequest } from '@nats-io/jetstream';
import type { Bus } from './bus.ts';
import { POSITION } from './event-stream.ts';

export type StreamCopies = {
  /** Overwrites and deletes the messages on a subject that stand for these positions of the log. Throws when JetStream cannot be reached. */
  readonly remove: (subject: string, positions: ReadonlySet<number>) => Promise<void>;
};

/**
 * The copies of events that a JetStream stream keeps. Every message of a subject is looked at: a position may be stored more than once, and not in
 * order, when the log was published again after an outage. Messages that carry the erased form already stay.
 */
export function streamCopies({
  bus,
  name,
  timeoutMs = 5_000,
}: {
  bus: Bus;
  name: string;
  timeoutMs?: number;
}): StreamCopies {
  async function next(manager: JetStreamManager, query: NextMsgRequest) {
    try {
      return await manager.streams.getMessage(name, { seq: 1, ...query });
    } catch (error) {
      if (error instanceof Error && error.name === 'StreamNotFoundError') return null;
      throw error;
    }
  }

  return {
    remove: async (subject, positions) => {
      const manager = await jetstreamManager(bus.connection, { checkAPI: false, timeout: timeoutMs });
      for (let seq = 1; ;) {
        const message = await next(manager, { seq, next_by_subj: subject });
        if (message === null) return;
        const isMeant = positions.has(Number(message.header.get(POSITION) || -1));
        if (isMeant && message.json<{ erased?: true }>().erased !== true)
          await manager.streams.deleteMessage(name, message.seq, true);
        seq = message.seq + 1;
      }
    },
  };
}
