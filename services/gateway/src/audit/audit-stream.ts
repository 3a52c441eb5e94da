import { toCloudEvent, type RecordedEvent } from '@causeway/contracts';
import type { AuditSource } from './audit-source.ts';

export type AuditStreamOptions = {
  readonly source: AuditSource;
  readonly from: number;
  /** Only the events of this run. */
  readonly scope: string | undefined;
  /** Name of the log. */
  readonly origin: string;
  readonly heartbeatMs: number;
  readonly signal: AbortSignal;
  /** Whether the caller may still look: asked before anything is sent. */
  readonly mayGoOn: () => boolean;
};

/** How long a client should wait before it connects again, in ms. */
const RETRY_MS = 1_000;

/**
 * The log as server-sent events (WHATWG HTML, §9.2), from a position on and then for ever: `id` is the position, `event` the type, `data`
 * the CloudEvent. It reads on only when its last piece was taken, so a slow client costs one stretch of the log and no more. A comment
 * keeps the connection when nothing happens. Ends when the signal aborts or the caller may no longer look.
 */
export async function* auditStream(options: AuditStreamOptions): AsyncGenerator<string, void> {
  const release = options.source.hold();
  try {
    yield* piecesOf(options);
  } finally {
    release();
  }
}

async function* piecesOf(options: AuditStreamOptions): AsyncGenerator<string, void> {
  const { source, scope, heartbeatMs, signal, mayGoOn } = options;
  const goesOn = () => !signal.aborted && mayGoOn();
  let next = options.from;
  yield `retry: ${RETRY_MS}\n: from position ${next}\n\n`;
  while (goesOn()) {
    const { events, to } = await source.next(next, scope);
    next = Math.max(next, to);
    for (const event of events) {
      if (!goesOn()) return;
      yield sentEvent(event, options.origin);
    }
    if (await source.news(next, heartbeatMs, signal)) continue;
    if (goesOn()) yield `: position ${next}\n\n`;
  }
}

const sentEvent = (event: RecordedEvent, origin: string): string =>
  `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(toCloudEvent(event, origin))}\n\n`;
