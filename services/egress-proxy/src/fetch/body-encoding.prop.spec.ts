import fc from 'fast-check';
import { encodeBody } from './body-encoding.ts';

describe('the encoding of a body', () => {
  it('is exact for any bytes and any type, and never much larger than base64', () => {
    const types = fc.constantFrom(undefined, 'text/plain', 'application/json', 'image/png');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 500 }),
          fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        ),
        types,
        (bytes, type) => {
          const { body, bodyEncoding } = encodeBody(bytes, type);
          expect(Buffer.from(body, bodyEncoding).equals(Buffer.from(bytes))).toBe(true);
          expect(JSON.stringify(body).length).toBeLessThanOrEqual(Math.max(66, bytes.length * (4 / 3) + 6));
        },
      ),
      { numRuns: 500 },
    );
  });
  it('keeps UTF-8 text readable, a byte order mark included', () => {
    expect(encodeBody(Buffer.from('\uFEFFé'), 'text/plain; x'.slice(0, 10))).toEqual({
      body: '\uFEFFé',
      bodyEncoding: 'utf8',
    });
  });
  it('sends what is no text, or not UTF-8, as base64', () => {
    expect(encodeBody(Buffer.from('abc'), 'image/png').bodyEncoding).toBe('base64');
    expect(encodeBody(Uint8Array.of(0xe9), 'text/plain').bodyEncoding).toBe('base64');
  });
});
