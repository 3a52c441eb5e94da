import {
  readAll,
  readStream,
  type ErrorCode,
  type RecordedEvent,
  type Rejection,
  type ReplyEnvelope,
  type ReplyOf,
  type RequestMeta,
} from '@causeway/contracts';
import type { AppendAnswer, LedgerPort, Recorded } from '@causeway/eventing';
import { appendLine } from './append-line.ts';
import type { Bus } from './bus.ts';
import { DependencyError } from './reply.ts';

type StreamPage = ReplyOf<typeof readStream>;

export type LedgerClientOptions = {
  readonly bus: Bus;
  /** Name of the service: the ledger lets it write its own nouns only. */
  readonly writer: string;
  /** How long an append is tried with the same ids before it counts as unreachable, in ms; default 10,000. */
  readonly appendTimeoutMs?: number;
};

const MESSAGE_TIMEOUT_MS = 2_000;
const MAY_PASS: ReadonlySet<ErrorCode> = new Set([
  'LEDGER_BUSY',
  'LEDGER_NOT_LEADER',
  'LEDGER_UNAVAILABLE',
  'SERVICE_UNAVAILABLE',
]);

/**
 * The ledger over the bus. Appends of one moment travel together. An append that was not answered is sent again with the same ids, so it cannot happen twice. Throws
 * DependencyError LEDGER_UNAVAILABLE when there was no answer in time: whether the append happened is then not known.
 */
export function ledgerClient({ bus, writer, appendTimeoutMs = 10_000 }: LedgerClientOptions): LedgerPort {
  const sendAppend = appendLine({ bus, writer, timeoutMs: Math.min(MESSAGE_TIMEOUT_MS, appendTimeoutMs) });
  const actor = { kind: 'system', id: writer } as const;
  const metaFor = (id: string): RequestMeta => ({ id, actor });

  return {
    append: async (request): Promise<AppendAnswer> => {
      const until = Date.now() + appendTimeoutMs;
      for (;;) {
        const reply = await sendAppend(request);
        if (reply.ok)
          return { appended: true, firstPosition: reply.value.firstPosition, lastPosition: reply.value.lastPosition };
        const { code, detail } = reply.rejection;
        if (code === 'VERSION_CONFLICT') return { appended: false, conflict: detail };
        if (!MAY_PASS.has(code) || Date.now() + 50 > until) {
          throw new DependencyError(
            code === 'SERVICE_UNAVAILABLE' ? 'LEDGER_UNAVAILABLE' : code,
            `the ledger did not take the append: ${detail}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },

    readStream: async (stream, fromVersion) => {
      const events: Recorded[] = [];
      let from: number | undefined = fromVersion;
      while (from !== undefined) {
        const reply: ReplyEnvelope<StreamPage> = await bus.request(
          readStream,
          { stream, fromVersion: from },
          metaFor(`read-${stream}`),
          {
            timeoutMs: 5_000,
            attemptMs: 2_000,
          },
        );
        if (!reply.ok) throw unreadable(`stream ${stream}`, reply.rejection);
        events.push(...reply.value.events.map(toRecorded));
        from = reply.value.next;
      }
      return events;
    },

    readAll: async ({ fromPosition, limit, types, scope }) => {
      const query = { fromPosition, limit, ...(types ? { types: [...types] } : {}), ...(scope ? { scope } : {}) };
      const reply = await bus.request(readAll, query, metaFor('read-all'), { timeoutMs: 5_000, attemptMs: 2_000 });
      if (!reply.ok) throw unreadable(`the log from position ${fromPosition} on`, reply.rejection);
      const { events, scannedTo, nextPosition } = reply.value;
      return { events: events.map(toRecorded), scannedTo, nextPosition };
    },
  };
}

/** That something of the ledger could not be read. What is archived stays so, however often it is asked for; anything else may pass. */
export function unreadable(what: string, { code, detail }: Rejection): DependencyError {
  const kept = code === 'RANGE_ARCHIVED' ? code : 'LEDGER_UNAVAILABLE';
  return new DependencyError(kept, `${what} could not be read: ${detail}`);
}

/** A recorded event in the words of `libs/eventing`. */
export const toRecorded = (event: RecordedEvent): Recorded => event as unknown as Recorded;
