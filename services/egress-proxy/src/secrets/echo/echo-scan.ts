import { automaton, foundIn, type Automaton } from './automaton.ts';
import { backslash, entity, percent, type Decoder } from './decoders.ts';
import { formsOf, READINGS, type Form, type ReadingName } from './forms.ts';
import { followWith, type Follower } from './follower.ts';

export type Echo = { readonly name: string; readonly form: string };
export type Sought = { readonly name: string; readonly value: Buffer };

/** Looks through one answer as it comes: the first secret in it, in whatever form, also across chunks. */
export type EchoScan = { readonly feed: (chunk: Uint8Array) => Echo | undefined };

/** The same for a stream that is passed on in large pieces: it tells roughly, and at once, whether all that came may go on. */
export type PassingScan = EchoScan & {
  /** Whether what was fed ends in what may be the beginning of a secret. */
  readonly isPending: () => boolean;
  /** More bytes than any secret takes in any form that is found. */
  readonly longestBytes: number;
};

/** Everything to look for, made ready once. It holds the values, as tables. */
export type EchoIndex = {
  readonly scan: () => PassingScan;
  /** The same, slower, for a stream that is passed on while it comes. */
  readonly follow: () => Follower;
};

/** Escapings that are undone, alone and within each other, before the plain forms are looked for. */
const ESCAPINGS: Readonly<Record<string, readonly (() => Decoder)[]>> = {
  percent: [percent],
  'percent, twice': [percent, percent],
  escaped: [backslash],
  'escaped, twice': [backslash, backslash],
  'percent in escapes': [backslash, percent],
  'escapes in percent': [percent, backslash],
  markup: [entity],
};

export type Ready = { readonly automaton: Automaton; readonly found: readonly Echo[] };

export function echoIndex(sought: readonly Sought[]): EchoIndex {
  const forms = sought.map(({ name, value }) => ({ name, forms: formsOf(value) }));
  const ready = (reading: ReadingName): Ready => {
    const all = forms.flatMap(({ name, forms: of }) => of[reading].map((form: Form) => ({ name, ...form })));
    return {
      automaton: automaton(
        all.map(({ text }) => text),
        READINGS[reading],
      ),
      found: all.map(({ name, form }) => ({ name, form })),
    };
  };
  const [plain, packed, folded] = [ready('plain'), ready('packed'), ready('folded')];
  const decoders = Object.entries(ESCAPINGS);
  const longest = Math.max(0, ...sought.map(({ value }) => value.length));
  return {
    scan: () => ({ ...scanWith(plain, [packed, folded]), longestBytes: MOST_FOR_A_BYTE * longest }),
    follow: () => followWith({ plain, others: [packed, folded], escapings: decoders }),
  };
}

/** `\\u005c\\u0075\\u0030…`: each of the six characters of an escape, escaped once more. */
const MOST_FOR_A_BYTE = 36;

function scanWith(plain: Ready, others: readonly Ready[]): Omit<PassingScan, 'longestBytes'> {
  const readers = others.map((ready) => ({ ready, state: 0 }));
  const decoded = Object.entries(ESCAPINGS).map(([form, decoders]) => escaped(form, decoders, plain));
  let state = 0;
  return {
    feed: (chunk) => {
      const before = state;
      state = plain.automaton.walk(before, chunk);
      const found = foundIn(state);
      if (found !== undefined) return plain.found[found];
      for (const reader of readers) {
        reader.state = reader.ready.automaton.walk(reader.state, chunk);
        const index = foundIn(reader.state);
        if (index !== undefined) return reader.ready.found[index];
      }
      for (const { follow } of decoded) {
        const echo = follow(chunk, before, state);
        if (echo) return echo;
      }
      return undefined;
    },
    isPending: () =>
      state !== 0 || readers.some((reader) => reader.state !== 0) || decoded.some(({ isApart }) => isApart()),
  };
}

/**
 * Follows the stream as it is once its escapes are undone. As long as nothing was escaped it is where the plain reading is, and costs nothing;
 * once both are at the same state again, it is there again.
 */
function escaped(form: string, decoders: readonly (() => Decoder)[], { automaton: plain, found }: Ready) {
  const chain = decoders.map((make) => make());
  let own: number | undefined;
  const follow = (chunk: Uint8Array, plainBefore: number, plainAfter: number): Echo | undefined => {
    const clear = chain.reduce((bytes, { decode }) => decode(bytes), chunk);
    if (own === undefined && clear === chunk) return undefined;
    const after = plain.walk(own ?? plainBefore, clear);
    const index = foundIn(after);
    if (index !== undefined) return { ...found[index]!, form: `${found[index]!.form}, ${form}` };
    own = clear === chunk && after === plainAfter ? undefined : after;
    return undefined;
  };
  return { follow, isApart: (): boolean => own !== undefined };
}
