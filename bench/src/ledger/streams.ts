/** A stream and the version it is at; 0 when nothing was written to it yet. */
export type Place = { readonly stream: string; readonly version: number };

/** Streams to append to, so that nobody's expected version is wrong: each one has at most one append on its way. */
export type StreamPool = {
  /** Appends to the stream whose turn it is; `append` resolves to how many events it added. Throws RangeError when all are taken. */
  readonly next: (append: (place: Place) => Promise<number>) => Promise<void>;
};

/** A pool of so many streams that do not exist yet. */
export function streamPool(count: number, newName: () => string): StreamPool {
  const streams = Array.from({ length: count }, () => ({ stream: newName(), version: 0, taken: false }));
  let turn = 0;

  function free() {
    for (let tried = 0; tried < count; tried++) {
      const candidate = streams[turn++ % count]!;
      if (!candidate.taken) return candidate;
    }
    throw new RangeError(`each of the ${count} streams has an append on its way; take more streams`);
  }

  return {
    next: async (append) => {
      const place = free();
      place.taken = true;
      place.version += await append(place);
      place.taken = false;
    },
  };
}
