import { halt } from '../fetch/fetch-stop.ts';
import { bodyEchoStop } from '../secrets/echo-guard.ts';
import type { Follower } from '../secrets/echo/follower.ts';
import type { AnswerEvent, Said } from './model-answer.ts';

/** Says how much of a stream may be passed on while it comes: whole events, and none in which a secret may have begun. */
export type ReleaseGate = {
  /** Takes the next event, as it stands in the stream. Throws FetchStopped SECRET_ECHOED when a secret ends in what is said. */
  readonly add: (event: AnswerEvent, text: string) => void;
  /** Looks through what is said in an answer that is no stream. Throws FetchStopped SECRET_ECHOED. */
  readonly hear: (said: readonly Said[]) => void;
  /** Up to where the stream may be passed on, in UTF-16 code units. */
  readonly clear: () => number;
};

/** What one text of the model was made of: up to which byte of it each event went. */
type Channel = { readonly follower: Follower; bytes: number; parts: readonly Part[] };
type Part = { readonly endByte: number; readonly event: number };
/** Where an event begins and ends: in UTF-16 code units, and its end in bytes as well. */
type Place = { readonly begins: number; readonly ends: number; readonly endByte: number };

/**
 * A client puts together what a model says in many events: a secret can stand in it that is nowhere in the stream as it comes. So the stream and each
 * text of the model are looked through, and an event waits until nothing in it can become a secret.
 * @param wire looks through the stream as it comes; undefined as long as there are no secrets
 * @param follow makes a search of its own for one text
 */
export function releaseGate(wire: Follower | undefined, follow: () => Follower | undefined): ReleaseGate {
  const channels = new Map<string, Channel>();
  const places: Place[] = [];
  let released = 0;

  function channelOf(name: string): Channel | undefined {
    const follower = channels.has(name) ? undefined : follow();
    if (follower) channels.set(name, { follower, bytes: 0, parts: [] });
    return channels.get(name);
  }

  function hear(said: readonly Said[]): void {
    for (const { channel: name, text } of said) {
      const channel = channelOf(name);
      if (!channel) continue;
      const bytes = Buffer.from(text);
      halt(bodyEchoStop(bytes, channel.follower));
      channel.bytes += bytes.length;
      channel.parts = [...channel.parts, { endByte: channel.bytes, event: places.length }];
    }
  }

  /** The first event that says something of what may become a secret. */
  function openEvent(channel: Channel): number {
    const clear = channel.follower.clear();
    channel.parts = channel.parts.filter(({ endByte }) => endByte > clear);
    return channel.parts[0]?.event ?? places.length;
  }

  return {
    hear,
    add: (event, text) => {
      hear(event.said);
      const { ends, endByte } = places.at(-1) ?? { ends: 0, endByte: 0 };
      places.push({ begins: ends, ends: ends + event.length, endByte: endByte + Buffer.byteLength(text) });
    },
    clear: () => {
      const wireClear = wire?.clear() ?? Number.MAX_SAFE_INTEGER;
      const open = [...channels.values()].reduce((least, one) => Math.min(least, openEvent(one)), places.length);
      while (released < open && places[released]!.endByte <= wireClear) released++;
      return places[released - 1]?.ends ?? 0;
    },
  };
}
