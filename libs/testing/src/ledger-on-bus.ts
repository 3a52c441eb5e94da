import {
  appendAllByAnyWriter,
  appendByAnyWriter,
  type Append,
  type Appended,
  getHead,
  readAll,
  readStream,
  subjectOf,
  toCloudEvent,
  type RecordedEvent,
  type ReplyEnvelope,
  type RequestMeta,
} from '@causeway/contracts';
import { memoryLedger, type LedgerPort, type Recorded } from '@causeway/eventing';
import { ok, rejected, rejectionOf, type Bus } from '@causeway/messaging';

export type LedgerOnBus = {
  readonly ledger: LedgerPort & { readonly events: readonly Recorded[] };
  /** From now on events are kept but not published: the live messages are lost. */
  readonly mute: () => void;
  readonly unmute: () => void;
  /** Publishes an event again, as a redelivery would. */
  readonly publish: (position: number) => void;
};

const ORIGIN = 'ledger.test';
const NO_CHAIN = '0'.repeat(64);

/**
 * Plays audit-ledger on a real bus from memory, for tests of services that stand on the ledger: append, reads, and `audit.>` after each
 * append. Needs a connection as the user `audit-ledger`. It neither chains nor signs.
 */
export function serveMemoryLedger(bus: Bus): LedgerOnBus {
  const ledger = memoryLedger();
  let isMuted = false;
  const recorded = (event: Recorded): RecordedEvent => ({
    ...(event as unknown as RecordedEvent),
    schema: 1,
    chain: NO_CHAIN,
    previousChain: NO_CHAIN,
  });
  const publish = (position: number): void => {
    const event = recorded(ledger.events[position]!);
    const subject = subjectOf({ kind: 'audit', type: event.type, scope: event.scope });
    bus.connection.publish(subject, JSON.stringify(toCloudEvent(event, ORIGIN)));
  };
  const versions = (streams: readonly string[]) =>
    Object.fromEntries(streams.map((name) => [name, ledger.events.filter(({ stream }) => stream === name).length]));

  async function append(data: Append, meta: RequestMeta): Promise<ReplyEnvelope<Appended>> {
    const writes = data.writes.map((write) => ({
      ...write,
      events: write.events.map((event) => ({ ...event, actor: event.actor ?? meta.actor })),
    }));
    const publishedTo = ledger.events.length;
    const answer = await ledger.append({ appendId: data.appendId, writes });
    if (!answer.appended) return rejected('VERSION_CONFLICT', answer.conflict);
    for (let position = answer.firstPosition; position <= answer.lastPosition; position++) {
      if (!isMuted && position >= publishedTo) publish(position);
    }
    const { firstPosition, lastPosition } = answer;
    return ok({ firstPosition, lastPosition, versions: versions(writes.map(({ stream }) => stream)) });
  }
  async function appendSafely(data: Append, meta: RequestMeta): Promise<ReplyEnvelope<Appended>> {
    try {
      return await append(data, meta);
    } catch (error) {
      const rejection = rejectionOf(error);
      if (!rejection) throw error;
      return { ok: false, rejection };
    }
  }

  bus.serve(appendByAnyWriter, ({ data, meta }) => append(data, meta));
  bus.serve(appendAllByAnyWriter, async ({ data, meta }) =>
    ok({ answers: await Promise.all(data.appends.map((one) => appendSafely(one as Append, meta))) }),
  );
  bus.serve(readStream, async ({ data: { stream, fromVersion, limit } }) => {
    const rest = await ledger.readStream(stream, fromVersion);
    const next = rest.length > limit ? { next: fromVersion + limit } : {};
    return ok({ events: rest.slice(0, limit).map(recorded), ...next });
  });
  bus.serve(readAll, async ({ data: { fromPosition, limit, types, scope } }) => {
    const page = await ledger.readAll({ fromPosition, limit, ...(types ? { types } : {}) });
    const events = page.events.filter((event) => scope === undefined || event.scope === scope);
    return ok({ ...page, events: events.map(recorded) });
  });
  bus.serve(getHead, async () => {
    const { length } = ledger.events;
    return ok({ origin: ORIGIN, nextPosition: length, chain: NO_CHAIN, publishedTo: length });
  });

  return {
    ledger,
    publish,
    mute: () => {
      isMuted = true;
    },
    unmute: () => {
      isMuted = false;
    },
  };
}
