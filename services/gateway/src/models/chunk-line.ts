import { subjectOf } from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';

/** The pieces of one answer, as long as they come in order and are taken in time. */
export type ChunkLine = {
  /** Resolves with what has come and was not taken yet; with nothing once no more is to be had before the result. */
  readonly next: () => Promise<string | undefined>;
  /** How many characters were given out. */
  readonly taken: () => number;
  readonly close: () => void;
};

/** Most characters that wait for a slow reader; beyond that the rest is left to the result. */
const MOST_WAITING = 262_144;
const decoder = new TextDecoder();

/** Listens to the pieces of a step's answer. One that is missing ends the line: what follows is in the step's result. */
export function chunkLine(
  bus: Pick<Bus, 'subscribe'>,
  { runId, stepId }: { runId: string; stepId: string },
): ChunkLine {
  let waiting = '';
  let taken = 0;
  let isOver = false;
  let wake = (): void => {};
  const subject = subjectOf({ kind: 'stream', owner: 'egress-proxy', runId, stepId });

  function close(): void {
    isOver = true;
    subscription.unsubscribe();
    wake();
  }

  const subscription = bus.subscribe(subject, (bytes) => {
    const { at, text } = JSON.parse(decoder.decode(bytes)) as { at: number; text: string };
    if (isOver) return;
    if (at !== taken + waiting.length || waiting.length + text.length > MOST_WAITING) return close();
    waiting += text;
    wake();
  });

  return {
    next: async () => {
      while (waiting === '' && !isOver) await new Promise<void>((resolve) => (wake = resolve));
      if (waiting === '') return undefined;
      const text = waiting;
      waiting = '';
      taken += text.length;
      return text;
    },
    taken: () => taken,
    close,
  };
}
