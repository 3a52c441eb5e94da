import { asTheyAre, type Reading } from './automaton.ts';

/** One way in which a value may come back. */
export type Form = { readonly form: string; readonly text: Buffer };

const WHITESPACE = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20];
/** Between the bytes of UTF-16 there are NULs, between the lines of a mail line breaks, between digits colons and dashes. */
const skipsGaps: Reading = (byte) => (byte === 0 || WHITESPACE.includes(byte) ? -1 : byte);
const foldsCase: Reading = (byte) => {
  if (skipsGaps(byte) < 0 || byte === 0x3a || byte === 0x2d) return -1;
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
};
export const READINGS = { plain: asTheyAre, packed: skipsGaps, folded: foldsCase } as const;
export type ReadingName = keyof typeof READINGS;

/** Characters of base64 that are looked for where it is encoded once more. */
const KNOWN_BY = 48;
/** A text that is shorter once it is read is found by chance. */
const MIN_READ = 8;

/** What to look for so that this value is found, by the way in which the stream is read. */
export function formsOf(value: Buffer): Readonly<Record<ReadingName, readonly Form[]>> {
  const encoded = base64Forms(value);
  // A field like Basic's is encoded already; who encodes what was sent encodes it twice. A beginning is enough to know it by.
  const starts = encoded.map(({ text }) => text.subarray(0, KNOWN_BY));
  const twice = starts.flatMap((text) => base64Forms(text)).map(({ text }) => ({ form: 'base64, twice', text }));
  const inHex = starts.map((text) => ({ form: 'base64 in hex', text: Buffer.from(text.toString('hex')) }));
  const raw = { form: 'raw', text: value };
  const asForm = Buffer.from(value.toString('latin1').replaceAll(' ', '+'), 'latin1');
  const hex = { form: 'hex', text: Buffer.from(value.toString('hex')) };
  return {
    plain: long([raw, { form: 'form', text: asForm }, ...encoded, ...twice], READINGS.plain),
    packed: long([raw, ...encoded, ...twice], READINGS.packed),
    folded: long([raw, hex, ...inHex], READINGS.folded),
  };
}

const long = (forms: readonly Form[], reading: Reading): readonly Form[] =>
  forms.filter(({ text }) => text.filter((byte) => reading(byte) >= 0).length >= MIN_READ);

/**
 * The value within a longer text in base64 (RFC 4648): whatever stands before it shifts it by nought, one or two bytes; the characters that
 * it shares with its neighbours are left out.
 */
function base64Forms(value: Buffer): readonly Form[] {
  const texts = [0, 1, 2].flatMap((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), value]);
    const whole = Math.floor((shifted.length * 8) / 6);
    const cut = (text: string): string => text.slice(Math.ceil((shift * 8) / 6), whole);
    const [standard, urlSafe] = [cut(shifted.toString('base64')), cut(shifted.toString('base64url'))];
    return standard === urlSafe
      ? [['base64', standard]]
      : [
          ['base64', standard],
          ['base64url', urlSafe],
        ];
  });
  return texts.map(([form = '', text = '']) => ({ form, text: Buffer.from(text) }));
}
