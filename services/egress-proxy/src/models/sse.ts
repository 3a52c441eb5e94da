/** Takes a stream apart into events (WHATWG HTML, section 9.2.6); only their data matters here. */
export type EventReader = {
  /** The data of the events that end with this piece. */
  readonly add: (text: string) => readonly string[];
  /** What is left of an event that did not end. */
  readonly rest: () => string;
};

/** Lines end with LF, CR LF or CR; a comment, an empty event and every other field are passed over. */
export function eventReader(): EventReader {
  let rest = '';
  return {
    add: (text) => {
      // A CR at the end may be half of a CR LF.
      const known = `${rest}${text}`;
      const isOpen = known.endsWith('\r');
      const blocks = (isOpen ? known.slice(0, -1) : known).replace(/\r\n?/g, '\n').split('\n\n');
      rest = `${blocks.pop() ?? ''}${isOpen ? '\r' : ''}`;
      return blocks.flatMap(dataOf);
    },
    rest: () => rest.trim(),
  };
}

function dataOf(block: string): readonly string[] {
  const lines = block.split('\n').filter((line) => line.startsWith('data:'));
  return lines.length === 0 ? [] : [lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')];
}
