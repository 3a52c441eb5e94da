/** Undoes an escaping in a stream: what is not escaped, or not properly, stays as it is. What a chunk ends in the middle of waits for the next. */
export type Decoder = {
  readonly decode: (chunk: Uint8Array) => Uint8Array;
  /** Whether something of what was given waits for more. */
  readonly isWaiting: () => boolean;
};

/**
 * Looks at what begins with the trigger at this place. Writes what an escape stands for to `out` at `to`, which never takes more room than the
 * escape, and answers {@link escape}; LITERAL when it is none; MORE when it is not all there yet.
 */
type Parse = (input: Buffer, at: number, out: Buffer, to: number) => number;

const LITERAL = -1;
const MORE = -2;
/** How long an escape is, and how many bytes it stands for, in one number: nothing is allocated for each of them. */
const escape = (length: number, written: number): number => length * 8 + written;

const EMPTY = Buffer.alloc(0);

function asItIs(byte: number, out: Buffer, to: number): number {
  out[to] = byte;
  return escape(1, 1);
}

/** A decoder for escapes that begin with one byte. A chunk without that byte passes as it is, the same object. */
function decoder(trigger: number, parse: Parse): Decoder {
  let rest: Buffer = EMPTY;
  const decode = (chunk: Uint8Array): Uint8Array => {
    if (rest.length === 0 && !chunk.includes(trigger)) return chunk;
    const input = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    const out = Buffer.allocUnsafe(input.length);
    rest = EMPTY;
    let at = 0;
    let to = 0;
    for (;;) {
      const next = input.indexOf(trigger, at);
      to += input.copy(out, to, at, next === -1 ? input.length : next);
      if (next === -1) break;
      const found = parse(input, next, out, to);
      if (found === MORE) {
        rest = Buffer.from(input.subarray(next));
        break;
      }
      const taken = found === LITERAL ? asItIs(trigger, out, to) : found;
      at = next + (taken >> 3);
      to += taken & 7;
    }
    return out.subarray(0, to);
  };
  return { decode, isWaiting: () => rest.length > 0 };
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const DIGITS = Int8Array.from({ length: 256 }, (_, byte) =>
  Number.parseInt(/[0-9a-fA-F]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : '-1', 16),
);

/** The number that so many hexadecimal digits write; LITERAL when one is none, MORE when they are not all there. */
function hexAt(input: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index++) {
    if (index >= input.length) return MORE;
    const digit = DIGITS[input[index]!]!;
    if (digit < 0) return LITERAL;
    value = value * 16 + digit;
  }
  return value;
}

function parseByte(digitsAt: number): Parse {
  return (input, at, out, to) => {
    const byte = hexAt(input, at + digitsAt, 2);
    if (byte < 0) return byte;
    out[to] = byte;
    return escape(digitsAt + 2, 1);
  };
}

/** `%41` (RFC 3986 section 2.1). */
export const percent = (): Decoder => decoder(0x25, parseByte(1));

/** The letters of short escapes, and what they stand for (RFC 8259 section 7). */
const SHORT = new Map(['b\b', 'f\f', 'n\n', 'r\r', 't\t', '""', '\\\\', '//', "''"].map(pairOf));
function pairOf(pair: string): readonly [number, number] {
  return [pair.charCodeAt(0), pair.charCodeAt(1)];
}
const parseX = parseByte(2);
const [LETTER_U, LETTER_X] = [0x75, 0x78];

const parseBackslash: Parse = (input, at, out, to) => {
  if (at + 1 >= input.length) return MORE;
  const letter = input[at + 1]!;
  if (letter === LETTER_U) return parseUnit(input, at, out, to);
  if (letter === LETTER_X) return parseX(input, at, out, to);
  const stands = SHORT.get(letter);
  if (stands === undefined) return LITERAL;
  out[to] = stands;
  return escape(2, 1);
};

/** A character of the upper planes is two units (RFC 8259 section 7). */
function parseUnit(input: Buffer, at: number, out: Buffer, to: number): number {
  const unit = hexAt(input, at + 2, 4);
  if (unit < 0) return unit;
  const isFirst = unit >= 0xd800 && unit < 0xdc00;
  const second = isFirst ? secondUnit(input, at + 6) : LITERAL;
  if (second === MORE) return MORE;
  const text = second === LITERAL ? String.fromCharCode(unit) : String.fromCharCode(unit, second);
  return escape(second === LITERAL ? 6 : 12, out.write(text, to));
}

function secondUnit(input: Buffer, at: number): number {
  const begins = input.toString('latin1', at, at + 2);
  if (!'\\u'.startsWith(begins)) return LITERAL;
  return begins.length < 2 ? MORE : hexAt(input, at + 2, 4);
}

/** `\u0041` and the short forms of JSON strings, and `\x41` of JavaScript's. */
export const backslash = (): Decoder => decoder(0x5c, parseBackslash);

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const MAX_ENTITY = 12;

const parseEntity: Parse = (input, at, out, to) => {
  const text = input.toString('latin1', at, at + MAX_ENTITY);
  const [whole, decimal, hexadecimal, name] = /^&(?:#(\d{1,9})|#[xX]([0-9a-fA-F]{1,8})|([a-z]{2,4}));/.exec(text) ?? [];
  if (whole === undefined) return text.length < MAX_ENTITY && /^&[#a-zA-Z0-9]*$/.test(text) ? MORE : LITERAL;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  const character = name === undefined ? characterOf(code) : ENTITIES[name];
  return character === undefined ? LITERAL : escape(whole.length, out.write(character, to));
};

const characterOf = (code: number): string | undefined => (code <= 0x10ffff ? String.fromCodePoint(code) : undefined);

/** `&#65;`, `&#x41;` and the five names that every markup has. */
export const entity = (): Decoder => decoder(0x26, parseEntity);
