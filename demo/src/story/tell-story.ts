import type { RecordedEvent } from '@causeway/contracts';
import { shown, type Narrator } from '../narrator.ts';
import { sentenceFor } from '@causeway/story';

const TYPE_WIDTH = 19;

/** Tells a run position by position: when it was sealed, what it was, and what it means. */
export function tellStory(events: readonly RecordedEvent[], narrator: Narrator): void {
  narrator.chapter('The run as the ledger has it');
  for (const event of events) narrator.line(storyLine(event));
}

/** Position, time in UTC, type and sentence of an event, on one line. */
export function storyLine({ position, time, type, data }: RecordedEvent): string {
  const sentence = shown(sentenceFor(type, data).replaceAll('\n', ' '));
  return `${String(position).padStart(6)}  ${time.slice(11, 23)}  ${type.padEnd(TYPE_WIDTH)} ${sentence}`;
}
