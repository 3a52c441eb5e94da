import { Readable } from 'node:stream';
import { RefusedError } from '../http/refused.ts';

export type OpenStreams = {
  /** A stream of what the generator gives; the signal tells it to end. RefusedError SERVICE_UNAVAILABLE when there are too many. */
  readonly open: (make: (signal: AbortSignal) => AsyncGenerator<string, void>) => Readable;
  /** Ends every stream and refuses further ones. */
  readonly close: () => void;
  readonly count: () => number;
};

export type OpenStreamsOptions = {
  /** Most streams at a time; default 256. */
  readonly most?: number;
  /** How long a client may leave what was sent to it untaken, in ms, before it is cut off; default 60,000. */
  readonly patienceMs?: number;
};

/** The streams that clients hold open, bounded in number and in how slow a client may be. */
export function openStreams({ most = 256, patienceMs = 60_000 }: OpenStreamsOptions = {}): OpenStreams {
  const open = new Map<Readable, AbortController>();
  let closed = false;

  return {
    open: (make) => {
      if (closed || open.size >= most) {
        const why = closed ? 'the gateway is stopping' : `there are ${most} open streams already`;
        throw new RefusedError('SERVICE_UNAVAILABLE', `${why}; connect again in a moment`);
      }
      const stop = new AbortController();
      const stream = Readable.from(
        watched(make(stop.signal), patienceMs, () => stream.destroy()),
        { objectMode: false },
      );
      open.set(stream, stop);
      stream.once('close', () => {
        open.delete(stream);
        stop.abort();
      });
      return stream;
    },
    close: () => {
      closed = true;
      for (const stop of open.values()) stop.abort();
    },
    count: () => open.size,
  };
}

/** The same pieces; `onStuck` is called when one of them was not taken in time. */
async function* watched(
  pieces: AsyncGenerator<string, void>,
  patienceMs: number,
  onStuck: () => void,
): AsyncGenerator<string, void> {
  for await (const piece of pieces) {
    const timer = setTimeout(onStuck, patienceMs);
    try {
      yield piece;
    } finally {
      clearTimeout(timer);
    }
  }
}
