import { recent } from '@causeway/eventing';
import type { ClientBase } from '@causeway/postgres';
import type { EarlierAppend, Known } from './batch.ts';
import { readEarlier, readVersions } from './known.queries.ts';
import type { PreparedAppend } from './prepare.ts';
import type { SealedBatch } from './seal.ts';

/** A connection, or a pool of them, that reads committed state. */
export type LogReader = Pick<ClientBase, 'query'>;

/** What the writer remembers of the log, so that most batches need no read. Right only as long as nobody else writes. */
export type LogMemory = {
  readonly known: (nextPosition: number) => Known;
  /** Makes sure that the versions of these appends' streams are known: one read for those that are not. */
  readonly learnVersions: (client: LogReader, requests: readonly PreparedAppend[]) => Promise<void>;
  /** Looks whether these appends or their events are in the log already. Resolves to how many were found. */
  readonly learnEarlier: (client: LogReader, requests: readonly PreparedAppend[]) => Promise<number>;
  readonly remember: (batch: SealedBatch) => void;
  readonly forget: () => void;
};

const STREAMS = 100_000;
const APPENDS = 50_000;
const EVENTS = 100_000;

/** An empty {@link LogMemory}. */
export function logMemory(): LogMemory {
  const versions = recent<string, number>(STREAMS);
  const appends = recent<string, EarlierAppend>(APPENDS);
  const events = recent<string, EarlierAppend>(EVENTS);

  function keep(appendId: string, eventIds: readonly string[], earlier: EarlierAppend): void {
    appends.set(appendId, earlier);
    for (const id of eventIds) events.set(id, earlier);
  }

  function rememberAppends({ appends: written, from, events: sealed }: SealedBatch): void {
    let index = 0;
    for (const { appendId, contentHash, events: own } of written) {
      const mine = sealed.slice(index, index + own.length);
      const answer = {
        firstPosition: from.nextPosition + index,
        lastPosition: from.nextPosition + index + own.length - 1,
        versions: Object.fromEntries(mine.map(({ event, version }) => [event.stream, version])),
      };
      keep(
        appendId,
        own.map(({ id }) => id),
        { contentHash, answer },
      );
      index += own.length;
    }
  }

  return {
    known: (nextPosition) => ({
      nextPosition,
      versionOf: (stream) => versions.get(stream) ?? 0,
      earlierAppend: appends.get,
      earlierEvent: events.get,
    }),
    learnVersions: async (client, requests) => {
      const streams = new Set(requests.flatMap(({ expectations }) => expectations.map(({ stream }) => stream)));
      const unknown = [...streams].filter((stream) => versions.get(stream) === undefined);
      if (unknown.length === 0) return;
      for (const [stream, version] of await readVersions(client, unknown)) versions.set(stream, version);
    },
    learnEarlier: async (client, requests) => {
      if (requests.length === 0) return 0;
      const found = await readEarlier(client, requests);
      for (const { appendId, eventIds, earlier } of found) keep(appendId, eventIds, earlier);
      return found.length;
    },
    remember: (batch) => {
      for (const { event, version } of batch.events) versions.set(event.stream, version);
      rememberAppends(batch);
    },
    forget: () => {
      versions.clear();
      appends.clear();
      events.clear();
    },
  };
}
