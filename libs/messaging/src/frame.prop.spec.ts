import fc from 'fast-check';
import { packed, unpacked } from './frame.ts';

const asBytes = (message: string | Uint8Array): Uint8Array => Buffer.from(message as never);

describe('a message with bytes behind its JSON', () => {
  it('holds what was packed into it, whatever that is', () => {
    fc.assert(
      fc.property(fc.json(), fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }), (text, bytes) => {
        const found = unpacked(asBytes(packed({ json: text, bytes })));
        expect([found.json, found.bytes && [...found.bytes]]).toEqual([text, bytes && [...bytes]]);
      }),
    );
  });

  it('is refused where its JSON would be longer than the message', () => {
    const whole = asBytes(packed({ json: '{"a":1}', bytes: new Uint8Array() }));
    for (let length = 1; length < whole.length; length++)
      expect(() => unpacked(whole.subarray(0, length))).toThrow(RangeError);
  });
});
