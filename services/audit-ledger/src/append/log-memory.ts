import type { Appended } from '@causeway/contracts';
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
  /** `answers`: what the appends of the batch are answered, in their order. */
  readonly remember: (batch: SealedBatch, answers: readonly Appended[]) => void;
  readonly forget: () => void;
};

// Enough for seconds of full load: what is older is looked up when it is asked for. More would only be more for the collector to walk through.
const STREAMS = 50_000;
const APPENDS = 20_000;
const EVENTS = 40_000;

/** An empty {@link LogMemory}. */
export function logMemory(): LogMemory {
  const versions = recent<string, number>(STREAMS);
  const appends = recent<string, EarlierAppend>(APPENDS);
  const events = recent<string, EarlierAppend>(EVENTS);

  function keep(appendId: string, own: readonly { readonly id: string }[], earlier: EarlierAppend): void {
    appends.set(appendId, earlier);
    for (const { id } of own) events.set(id, earlier);
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
      for (const { appendId, events: own, earlier } of found) keep(appendId, own, earlier);
      return found.length;
    },
    remember: (batch, answers) => {
      for (const { event, version } of batch.events) versions.set(event.stream, version);
      for (const [index, { appendId, contentHash, events: own }] of batch.appends.entries())
        keep(appendId, own, { contentHash, answer: answers[index]! });
    },
    forget: () => {
      versions.clear();
      appends.clear();
      events.clear();
    },
  };
}
