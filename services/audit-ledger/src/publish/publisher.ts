import { subjectOf, toCloudEvent, type RecordedEvent } from '@causeway/contracts';
import type { EventStream, Log, StreamEnd, StreamMessage } from '@causeway/messaging';
import type { SealedBatch, SealedEvent } from '../append/seal.ts';
import { outbox } from './outbox.ts';

/** Where publication stands, kept in the database. May lag behind what was published; publishing again is harmless. */
export type PublicationCursor = {
  readonly read: () => Promise<number>;
  readonly write: (position: number) => Promise<void>;
};

export type Publisher = {
  /** Publishes from the cursor on; the log ends before this position for now. */
  readonly begin: (nextPosition: number) => void;
  readonly pause: () => void;
  /** Takes a committed batch. */
  readonly offer: (batch: SealedBatch) => void;
  /** Forgets what it holds in memory: what is still to be published is read from the log, as it is there now. */
  readonly forget: () => void;
  /** First position not yet published; undefined while this replica does not publish. */
  readonly publishedTo: () => number | undefined;
  /** Publishes what is possible within `graceMs`, keeps the cursor and ends. */
  readonly stop: (graceMs: number) => Promise<void>;
};

export type PublisherOptions = {
  readonly stream: EventStream;
  readonly origin: string;
  readonly cursor: PublicationCursor;
  /** A page of the log from this position on. */
  readonly readPage: (position: number) => Promise<readonly RecordedEvent[]>;
  /** Id of the event at a position; undefined when there is none. */
  readonly idAt: (position: number) => Promise<string | undefined>;
  readonly log: Log;
  /** How long to wait after a failure, in ms; default 500. */
  readonly retryMs?: number;
};

const WINDOW = 512;
const KEEP_CURSOR_MS = 1_000;
const SEND_EVERY_MS = 20;
const CONFIRM_MS = 50;
const MAX_UNCONFIRMED = 4 * WINDOW;

/**
 * Publishes the log on the bus, in order, after each commit. Nothing waits for it: what cannot be published now is published later, from the
 * log itself. A crash between commit and publication therefore loses nothing.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { stream, origin, cursor, readPage, idAt, log, retryMs = 500 } = options;
  const pending = outbox();
  let turn = 0;
  /** First position that is not stored for certain. */
  let next: number | undefined;
  /** First position that was not sent yet. */
  let sent = 0;
  let lastSent: StreamMessage | undefined;
  let confirmedAt = 0;
  let sentAt = -Infinity;
  let kept = 0;
  let keptAt = 0;
  let failing = false;
  let running = Promise.resolve();
  let wake: (() => void) | undefined;

  const isBehind = (): boolean => next !== undefined && sent < pending.end();
  const isUnconfirmed = (): boolean => next !== undefined && next < sent;

  /** Waits for news, at most this long. */
  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      }
      wake = done;
    });
  }

  async function windowFrom(position: number): Promise<readonly StreamMessage[]> {
    const fresh = pending.from(position, WINDOW);
    const events = fresh.length > 0 ? fresh.map(recordedEvent) : await readPage(position);
    return events.slice(0, WINDOW).map((event) => auditMessage(event, origin));
  }

  async function sendSome(): Promise<void> {
    const messages = await windowFrom(sent);
    if (!stream.send(messages)) throw new Error(`the audit messages from position ${sent} on could not be sent`);
    sent += messages.length;
    lastSent = messages.at(-1) ?? lastSent;
  }

  /** Sending goes on while it is not known whether what was sent is stored; asking for every row of messages would double their number. */
  async function confirmSent(): Promise<void> {
    confirmedAt = Date.now();
    const to = sent;
    const stored = lastSent === undefined || (await stream.confirm(lastSent));
    if (next === undefined) return;
    if (!stored) throw new Error(`JetStream did not store the audit messages from position ${next} on`);
    next = to;
    if (failing) log.info({ position: next }, 'the log is published again');
    failing = false;
  }

  async function keepCursor(): Promise<void> {
    if (next === undefined || next === kept) return;
    const position = next;
    await cursor.write(position);
    kept = position;
    keptAt = Date.now();
  }

  /**
   * What is committed in a short time leaves together: its subscribers wake up once, and not while they still work on what caused it. A whole window
   * is enough to leave; resting all the same, the log would outrun its publication, and what waits fills the memory.
   */
  async function gather(): Promise<void> {
    const restMs = sentAt + SEND_EVERY_MS - performance.now();
    if (restMs > 0 && pending.end() - sent < WINDOW) await new Promise((resolve) => setTimeout(resolve, restMs));
    sentAt = performance.now();
  }

  async function step(): Promise<void> {
    if (isBehind()) {
      await gather();
      if (isBehind()) await sendSome();
    }
    const isDue = Date.now() - confirmedAt >= CONFIRM_MS || sent - next! >= MAX_UNCONFIRMED;
    if (isUnconfirmed() && isDue) await confirmSent();
    if (Date.now() - keptAt >= KEEP_CURSOR_MS) await keepCursor();
    if (!isBehind()) await rest(isUnconfirmed() ? CONFIRM_MS : KEEP_CURSOR_MS);
  }

  async function start(): Promise<void> {
    const end = await stream.ensure();
    const from = (next ??= kept = await cursor.read());
    if (end && end.position >= from && (await isOfThisLog(end))) next = end.position + 1;
    sent = next;
  }

  /** The stream may be older than the cursor's table, when a copy of the database was restored. */
  async function isOfThisLog({ id, position }: StreamEnd): Promise<boolean> {
    return (await idAt(position)) === id;
  }

  async function run(mine: number): Promise<void> {
    let ready = false;
    while (turn === mine) {
      try {
        if (!ready) await start();
        ready = true;
        if (turn === mine) await step();
      } catch (error) {
        if (!failing) log.warn({ err: error, position: next }, 'the log cannot be published; appends go on');
        failing = true;
        ready = false;
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  function end(): void {
    turn++;
    wake?.();
  }

  return {
    begin: (nextPosition) => {
      end();
      pending.reset(nextPosition);
      next = undefined;
      const mine = turn;
      running = running.then(() => run(mine));
    },
    pause: () => {
      end();
      next = undefined;
    },
    offer: (batch) => {
      pending.add(batch);
      wake?.();
    },
    forget: () => pending.reset(pending.end()),
    publishedTo: () => next,
    stop: async (graceMs) => {
      const until = Date.now() + graceMs;
      while ((isBehind() || isUnconfirmed()) && !failing && Date.now() < until)
        await new Promise((resolve) => setTimeout(resolve, 5));
      end();
      await running;
      await keepCursor().catch(() => {});
    },
  };
}

/** A sealed event in the words that services use. */
export function recordedEvent({ event, position, version, time, chain, previousChain }: SealedEvent): RecordedEvent {
  return {
    ...{ position, id: event.id, stream: event.stream, version, type: event.type, schema: event.schema, time },
    actor: event.actor,
    ...(event.correlationId === undefined ? {} : { correlationId: event.correlationId }),
    ...(event.causationId === undefined ? {} : { causationId: event.causationId }),
    scope: event.scope,
    data: event.data,
    ...{ chain, previousChain },
  };
}

function auditMessage(event: RecordedEvent, origin: string): StreamMessage {
  return {
    subject: subjectOf({ kind: 'audit', type: event.type, scope: event.scope }),
    id: event.id,
    position: event.position,
    body: JSON.stringify(toCloudEvent(event, origin)),
  };
}
