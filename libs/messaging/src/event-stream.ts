import { DiscardPolicy, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { createInbox, headers, nanos, type Msg } from '@nats-io/transport-node';
import type { Bus } from './bus.ts';

export type StreamMessage = {
  readonly subject: string;
  /** Within two minutes JetStream stores a message with the same id once. */
  readonly id: string;
  readonly body: string;
};

export type EventStream = {
  /** Creates the stream, or brings its configuration up to date. Throws when JetStream cannot be reached or refuses. */
  readonly ensure: () => Promise<void>;
  /**
   * Publishes messages in a row without waiting for each. Resolves to how many are stored for certain, counted from the first. Each message
   * names the one before it as its predecessor, so none is stored when an earlier one was lost: order holds whatever happens. Never throws.
   */
  readonly publish: (messages: readonly StreamMessage[]) => Promise<number>;
  readonly close: () => void;
};

export type EventStreamOptions = {
  readonly bus: Bus;
  /** Name of the JetStream stream. */
  readonly name: string;
  readonly subjects: readonly string[];
  /** Prefix of inboxes that this user may subscribe to. */
  readonly inboxPrefix: string;
  /** How long to wait for all acknowledgements, in ms; default 5,000. */
  readonly timeoutMs?: number;
};

const DUPLICATE_WINDOW_MS = 120_000;

type Window = { readonly first: number; readonly stored: boolean[]; open: number; readonly done: () => void };

/** A JetStream stream kept in files, that one process publishes to in order. */
export function eventStream(options: EventStreamOptions): EventStream {
  const { bus, name, subjects, timeoutMs = 5_000 } = options;
  const inbox = createInbox(options.inboxPrefix);
  let window: Window | undefined;
  let sent = 0;
  let lastStored: string | undefined;

  const subscription = bus.connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (!error) settle(Number(message.subject.slice(inbox.length + 1)), isStored(message, name));
    },
  });

  function settle(sequence: number, stored: boolean): void {
    const index = sequence - (window?.first ?? Infinity);
    if (!window || index < 0 || index >= window.stored.length) return;
    window.stored[index] = stored;
    if (--window.open === 0) window.done();
  }

  function send(message: StreamMessage, after: string | undefined): void {
    const facts = headers();
    facts.set('Nats-Msg-Id', message.id);
    if (after !== undefined) facts.set('Nats-Expected-Last-Msg-Id', after);
    bus.connection.publish(message.subject, message.body, { headers: facts, reply: `${inbox}.${sent++}` });
  }

  async function publish(messages: readonly StreamMessage[]): Promise<number> {
    // A connection that is being made again would keep the messages and send them late.
    if (messages.length === 0 || !bus.isConnected()) return 0;
    const stored = messages.map(() => false);
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
      window = { first: sent, stored, open: messages.length, done: resolve };
      try {
        for (const [index, message] of messages.entries()) send(message, messages[index - 1]?.id ?? lastStored);
      } catch {
        resolve();
      }
    });
    clearTimeout(timer);
    window = undefined;
    const lost = stored.indexOf(false);
    const count = lost === -1 ? messages.length : lost;
    // What the stream ends with is not known after a loss: the next message names no predecessor.
    lastStored = lost === -1 ? messages.at(-1)!.id : undefined;
    return count;
  }

  return {
    publish,
    ensure: async () => {
      const manager = await jetstreamManager(bus.connection, { checkAPI: false, timeout: timeoutMs });
      const config = {
        ...{ subjects: [...subjects], storage: StorageType.File, retention: RetentionPolicy.Limits },
        ...{ discard: DiscardPolicy.Old, duplicate_window: nanos(DUPLICATE_WINDOW_MS) },
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
    },
    close: () => subscription.unsubscribe(),
  };
}

/** Whether this is an acknowledgement by the stream; an error, or the server's word that nobody listens, is not. */
function isStored(message: Msg, stream: string): boolean {
  if (message.headers?.hasError) return false;
  try {
    const ack = JSON.parse(message.string()) as { stream?: string; seq?: number; error?: unknown };
    return ack.error === undefined && ack.stream === stream && typeof ack.seq === 'number';
  } catch {
    return false;
  }
}
