/** One event of a stream, as it came. */
export type StreamEvent = {
  /** Undefined for an event without data, or with nothing but comments. */
  readonly data: string | undefined;
  /** How long it is in the stream, with the empty line that ends it, in UTF-16 code units. */
  readonly length: number;
};

/** Takes a stream apart into events (WHATWG HTML, section 9.2.6); only their data matters here. */
export type EventReader = {
  /** The events that end with this piece. */
  readonly add: (text: string) => readonly StreamEvent[];
  /** What is left of an event that did not end. */
  readonly rest: () => string;
};

/** Two ends of lines: LF, CR LF or CR each. */
const END = /(?:\r\n|\n|\r(?!\n)){2}/g;
/** An end may have begun so many code units before what is new. */
const MOST_END = 4;

export function eventReader(): EventReader {
  let rest = '';
  return {
    add: (text) => {
      const searchFrom = Math.max(0, rest.length - MOST_END);
      rest += text;
      const ends = endsIn(rest, searchFrom);
      const begins = [0, ...ends];
      const events = ends.map((end, index) => {
        const event = rest.slice(begins[index], end);
        return { data: dataOf(event), length: event.length };
      });
      rest = rest.slice(ends.at(-1) ?? 0);
      return events;
    },
    rest: () => rest.trim(),
  };
}

/** Where events end. A CR at the very end may be half of a CR LF: it waits. */
function endsIn(text: string, from: number): readonly number[] {
  const known = text.endsWith('\r') ? text.slice(0, -1) : text;
  END.lastIndex = from;
  const ends: number[] = [];
  while (END.test(known)) ends.push(END.lastIndex);
  return ends;
}

function dataOf(event: string): string | undefined {
  const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
  return lines.length === 0 ? undefined : lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
}
