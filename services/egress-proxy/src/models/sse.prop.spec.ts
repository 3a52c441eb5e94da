import fc from 'fast-check';
import { eventReader, type StreamEvent } from './sse.ts';

const line = fc.string({ unit: fc.constantFrom(...'ab: {}ö🙂'), maxLength: 8 });
const field = fc.tuple(fc.constantFrom('data:', 'data: ', 'event: ', ':', 'id: '), line).map((pair) => pair.join(''));
const ends = fc.constantFrom('\n', '\r\n', '\r');
const streams = fc
  .array(fc.tuple(fc.array(field, { minLength: 1, maxLength: 3 }), ends), { maxLength: 6 })
  .map((events) => events.map(([lines, end]) => `${lines.join(end)}${end}${end}`).join(''));

function read(pieces: readonly string[]): { readonly events: readonly StreamEvent[]; readonly rest: string } {
  const reader = eventReader();
  return { events: pieces.flatMap((piece) => reader.add(piece)), rest: reader.rest() };
}

describe('a stream of events', () => {
  it('is read the same wherever it is cut, and its events are as long as it is', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 7 }), (stream, size) => {
        const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, n) =>
          stream.slice(n * size, n * size + size),
        );
        // A CR at the very end may be half of a CR LF: what follows tells.
        const [whole, cut] = [read([stream, ':\n\n']), read([...pieces, ':\n\n'])];
        expect(cut).toEqual(whole);
        expect(whole.events.reduce((sum, { length }) => sum + length, 0)).toBe(stream.length + 3);
      }),
    );
  });

  it.each([
    ['data: {"a":1}\n\n', ['{"a":1}'], ''],
    ['data:a\r\ndata: b\r\n\r\n', ['a\nb'], ''],
    ['event: x\rdata: y\r\rdata', ['y'], 'data'],
    [': ping\n\n', [undefined], ''],
    ['data: half', [], 'data: half'],
    ['\n\n\n\ndata: x\n\n', [undefined, undefined, 'x'], ''],
  ])('%j has the data %j, and leaves %j', (stream, data, rest) => {
    const { events, ...left } = read([stream]);
    expect([events.map((event) => event.data), left.rest]).toEqual([data, rest]);
  });
});
