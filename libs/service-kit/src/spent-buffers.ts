/** Counts bytes that came in buffers which nobody needs any more. */
export type SpentBuffers = { readonly add: (bytes: number) => void };

/** Often enough that memory stays flat, and seldom enough to cost less than a hundredth of carrying the bytes. */
const COLLECT_EVERY_BYTES = 8_000_000;

/**
 * Has the young part of the heap collected each time so many bytes were spent. Node reads every piece of an accepted connection into a new buffer outside
 * of V8's heap. V8 sees next to no garbage of its own, waits until these have grown to 64 MB, and then goes through the whole heap: more processor time
 * than carrying the bytes takes.
 * @param collect collects what is young; undefined where Node does not let us (without --expose-gc), which only costs memory and time
 */
export function spentBuffers(collect: (() => void) | undefined): SpentBuffers {
  let spent = 0;
  return {
    add: (bytes) => {
      spent += bytes;
      if (spent < COLLECT_EVERY_BYTES) return;
      spent = 0;
      collect?.();
    },
  };
}

const { gc } = globalThis;
/** Collects what is young; undefined where Node does not let us. */
export const collectYoung: (() => void) | undefined = gc && (() => gc({ type: 'minor' }));
