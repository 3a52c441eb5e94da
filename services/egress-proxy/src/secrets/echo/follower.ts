import { foundIn } from './automaton.ts';
import type { Decoder } from './decoders.ts';
import type { Echo, EchoScan, Ready } from './echo-scan.ts';

/** Looks through a stream that is passed on while it comes. */
export type Follower = EchoScan & {
  /** How many bytes, from the beginning of the stream, may be passed on: no secret that begins in them, in any form, is still to end. */
  readonly clear: () => number;
};

export type FollowOptions = {
  readonly plain: Ready;
  readonly others: readonly Ready[];
  readonly escapings: readonly (readonly [string, readonly (() => Decoder)[]])[];
};

/** Takes the byte that stands for what begins at a place of the stream. */
type Reader = {
  readonly take: (byte: Uint8Array, at: number) => Echo | undefined;
  /** Where what it has not seen the end of begins; undefined when there is nothing. */
  readonly openAt: () => number | undefined;
};

/** Byte by byte, so that after each one it is known where the beginning of a secret may stand. */
export function followWith({ plain, others, escapings }: FollowOptions): Follower {
  const readers = [
    ...[plain, ...others].map((ready) => readerOf(ready)),
    ...escapings.map(([form, decoders]) => unescaping(form, decoders, readerOf(plain))),
  ];
  let seen = 0;
  return {
    feed: (chunk) => {
      for (let index = 0; index < chunk.length; index++) {
        const byte = chunk.subarray(index, index + 1);
        for (const reader of readers) {
          const echo = reader.take(byte, seen);
          if (echo) return echo;
        }
        seen++;
      }
      return undefined;
    },
    clear: () => readers.reduce((least, reader) => Math.min(least, reader.openAt() ?? seen), seen),
  };
}

function readerOf({ automaton, found }: Ready): Reader {
  let state = 0;
  /** Where each byte of the text that may be about to end stands. */
  const places: number[] = [];
  return {
    take: (byte, at) => {
      if (!automaton.reads(byte[0]!)) return undefined;
      state = automaton.walk(state, byte);
      const index = foundIn(state);
      if (index !== undefined) return found[index];
      places.push(at);
      places.splice(0, places.length - automaton.depthOf(state));
      return undefined;
    },
    openAt: () => places[0],
  };
}

type Stage = { readonly decoder: Decoder; waitsFrom: number | undefined };

/** A reader of the stream as it is once its escapes are undone. */
function unescaping(form: string, decoders: readonly (() => Decoder)[], reader: Reader): Reader {
  const stages: readonly Stage[] = decoders.map((make) => ({ decoder: make(), waitsFrom: undefined }));

  function pass(number: number, byte: Uint8Array, at: number): Echo | undefined {
    const stage = stages[number];
    if (stage === undefined) return reader.take(byte, at);
    const out = stage.decoder.decode(byte);
    const from = stage.waitsFrom ?? at;
    // Once something comes out, only this very byte can be what still waits: each escape begins with the byte that begins escapes.
    const begins = out.length > 0 ? at : from;
    stage.waitsFrom = stage.decoder.isWaiting() ? begins : undefined;
    for (let index = 0; index < out.length; index++) {
      const echo = pass(number + 1, out.subarray(index, index + 1), from);
      if (echo) return echo;
    }
    return undefined;
  }

  return {
    take: (byte, at) => {
      const echo = pass(0, byte, at);
      return echo && { ...echo, form: `${echo.form}, ${form}` };
    },
    openAt: () =>
      [reader.openAt(), ...stages.map(({ waitsFrom }) => waitsFrom)]
        .filter((place) => place !== undefined)
        .reduce<number | undefined>((least, place) => Math.min(least ?? place, place), undefined),
  };
}
