import {
  DiscardPolicy,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { headers, nanos } from '@nats-io/transport-node';
import type { Bus } from './bus.ts';

export type StreamMessage = {
  readonly subject: string;
  /** Within two minutes JetStream stores a message with the same id once. */
  readonly id: string;
  /** Place in the log; grows from message to message. */
  readonly position: number;
  readonly body: string;
};

export type StreamEnd = Pick<StreamMessage, 'id' | 'position'>;

export type EventStream = {
  /**
   * Creates the stream, or brings its configuration up to date. Resolves to the newest message that it holds; undefined when it holds none.
   * Throws when JetStream cannot be reached or refuses.
   */
  readonly ensure: () => Promise<StreamEnd | undefined>;
  /**
   * Sends messages in a row without waiting for any; false when the bus is away and nothing was sent. Each message names the one before it as
   * its predecessor, so none is stored when an earlier one was lost: that the last one is stored says it of all. Never throws.
   */
  readonly send: (messages: readonly StreamMessage[]) => boolean;
  /** True once this message, and so all that were sent before it, is stored for certain; false when that is not known: send them again. */
  readonly confirm: (last: StreamMessage) => Promise<boolean>;
};

export type EventStreamOptions = {
  readonly bus: Bus;
  /** Name of the JetStream stream. */
  readonly name: string;
  readonly subjects: readonly string[];
  /** Most that it holds; the oldest messages make room for new ones. Whoever needs older ones reads the log. */
  readonly maxBytes: number;
  /** How long to wait until the last message is stored, in ms; default 5,000. */
  readonly timeoutMs?: number;
};

const DUPLICATE_WINDOW_MS = 120_000;

/**
 * Messages that were stored long ago are stored again, more recent ones are not: then the stream never ends with the predecessor that the next
 * new one names. After this many losses in a row messages go without predecessors, in the order of the connection.
 */
const MOST_LOSSES = 2;

/** Header of a message: its place in the log. */
export const POSITION = 'Causeway-Position';

/**
 * A JetStream stream kept in files, that one process publishes to in order. Messages carry no reply subject, so no acknowledgement comes back
 * for each: the server keeps a table of reply subjects for every subscriber that may answer requests, and thousands of audit messages a second
 * would fill it. What is stored is asked now and then instead.
 */
export function eventStream(options: EventStreamOptions): EventStream {
  const { bus, name, subjects, maxBytes, timeoutMs = 5_000 } = options;
  let lastSent: string | undefined;
  let losses = 0;
  let manager: JetStreamManager | undefined;

  function send({ id, position, subject, body }: StreamMessage, after: string | undefined): void {
    const facts = headers();
    facts.set('Nats-Msg-Id', id);
    facts.set(POSITION, String(position));
    if (after !== undefined) facts.set('Nats-Expected-Last-Msg-Id', after);
    bus.connection.publish(subject, body, { headers: facts });
  }

  async function endOf(of: JetStreamManager): Promise<StreamEnd | undefined> {
    const { state } = await of.streams.info(name);
    if (state.messages === 0) return undefined;
    const last = await of.streams.getMessage(name, { seq: state.last_seq });
    return last ? { id: last.header.get('Nats-Msg-Id'), position: Number(last.header.get(POSITION) || -1) } : undefined;
  }

  async function storedPosition(subject: string): Promise<number> {
    const stored = await manager?.streams.getMessage(name, { last_by_subj: subject }).catch(() => null);
    return Number(stored?.header.get(POSITION) || -1);
  }

  async function isStored({ subject, position }: StreamMessage): Promise<boolean> {
    const until = Date.now() + timeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(50, pauseMs * 2)) {
      if ((await storedPosition(subject)) >= position) return true;
      if (Date.now() >= until || !bus.isConnected()) return false;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  return {
    send: (messages) => {
      // A connection that is being made again would keep the messages and send them late.
      if (!bus.isConnected()) return false;
      try {
        for (const message of messages) {
          send(message, losses < MOST_LOSSES ? lastSent : undefined);
          lastSent = message.id;
        }
      } catch {
        return false;
      }
      return true;
    },
    confirm: async (last) => {
      const stored = await isStored(last);
      losses = stored ? 0 : losses + 1;
      // What the stream ends with is not known after a loss: the next message names no predecessor.
      if (!stored) lastSent = undefined;
      return stored;
    },
    ensure: async () => {
      manager = await jetstreamManager(bus.connection, { checkAPI: false, timeout: timeoutMs });
      const config = {
        ...{ subjects: [...subjects], storage: StorageType.File, retention: RetentionPolicy.Limits },
        ...{ discard: DiscardPolicy.Old, max_bytes: maxBytes, max_age: 0 },
        duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      };
      const exists = await manager.streams.info(name).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && error.name === 'StreamNotFoundError') return false;
          throw error;
        },
      );
      if (exists) await manager.streams.update(name, config);
      else await manager.streams.add({ name, ...config });
      return endOf(manager);
    },
  };
}
