/** Undoes an escaping in a stream: what is not escaped, or not properly, stays as it is. What a chunk ends in the middle of waits for the next. */
export type Decode = (chunk: Uint8Array) => Uint8Array;

type Escape = { readonly bytes: Uint8Array; readonly length: number };
/** What begins at this place: an escape, nothing special, or the beginning of what is not all there yet. */
type Parsed = Escape | 'literal' | 'more';
type Parse = (input: Buffer, at: number) => Parsed;

const EMPTY = Buffer.alloc(0);

/** A decoder for escapes that begin with one byte. A chunk without that byte passes as it is, the same object. */
function decoder(trigger: number, parse: Parse): Decode {
  let rest: Buffer = EMPTY;
  return (chunk) => {
    if (rest.length === 0 && !chunk.includes(trigger)) return chunk;
    const input = Buffer.concat([rest, chunk]);
    const parts: Uint8Array[] = [];
    rest = EMPTY;
    let at = 0;
    while (at < input.length) {
      const next = input.indexOf(trigger, at);
      parts.push(input.subarray(at, next === -1 ? input.length : next));
      if (next === -1) break;
      const parsed = parse(input, next);
      if (parsed === 'more') {
        rest = input.subarray(next);
        break;
      }
      parts.push(parsed === 'literal' ? input.subarray(next, next + 1) : parsed.bytes);
      at = next + (parsed === 'literal' ? 1 : parsed.length);
    }
    return Buffer.concat(parts);
  };
}

/** The number that so many hexadecimal digits write; undefined when one is none, 'more' when they are not all there. */
function hexAt(input: Buffer, at: number, digits: number): number | 'more' | undefined {
  const text = input.toString('latin1', at, at + digits);
  if (!/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return text.length < digits ? 'more' : Number.parseInt(text, 16);
}

function parsePercent(input: Buffer, at: number): Parsed {
  const byte = hexAt(input, at + 1, 2);
  if (byte === undefined) return 'literal';
  return byte === 'more' ? 'more' : { bytes: Uint8Array.of(byte), length: 3 };
}

/** `%41` (RFC 3986 section 2.1). */
export const percent = (): Decode => decoder(0x25, parsePercent);

const SHORT: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function parseBackslash(input: Buffer, at: number): Parsed {
  if (at + 1 >= input.length) return 'more';
  const letter = String.fromCharCode(input[at + 1]!);
  if (letter === 'u') return parseUnit(input, at);
  if (letter === 'x') {
    const byte = hexAt(input, at + 2, 2);
    if (byte === undefined) return 'literal';
    return byte === 'more' ? 'more' : { bytes: Uint8Array.of(byte), length: 4 };
  }
  if (letter in SHORT) return { bytes: Buffer.from(SHORT[letter] ?? ''), length: 2 };
  return '"\\/\''.includes(letter) ? { bytes: Buffer.from(letter), length: 2 } : 'literal';
}

/** A character of the upper planes is two units (RFC 8259 section 7). */
function parseUnit(input: Buffer, at: number): Parsed {
  const unit = hexAt(input, at + 2, 4);
  if (unit === undefined) return 'literal';
  if (unit === 'more') return 'more';
  const isFirst = unit >= 0xd800 && unit < 0xdc00;
  const following = input.toString('latin1', at + 6, at + 8);
  if (!isFirst || !'\\u'.startsWith(following)) return { bytes: Buffer.from(String.fromCharCode(unit)), length: 6 };
  const second = hexAt(input, at + 8, 4);
  if (following.length < 2 || second === 'more') return 'more';
  if (second === undefined) return { bytes: Buffer.from(String.fromCharCode(unit)), length: 6 };
  return { bytes: Buffer.from(String.fromCharCode(unit, second)), length: 12 };
}

/** `\u0041` and the short forms of JSON strings, and `\x41` of JavaScript's. */
export const backslash = (): Decode => decoder(0x5c, parseBackslash);

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const MAX_ENTITY = 12;

function parseEntity(input: Buffer, at: number): Parsed {
  const text = input.toString('latin1', at, at + MAX_ENTITY);
  const [whole, decimal, hexadecimal, name] = /^&(?:#(\d{1,9})|#[xX]([0-9a-fA-F]{1,8})|([a-z]{2,4}));/.exec(text) ?? [];
  if (whole === undefined) return text.length < MAX_ENTITY && /^&[#a-zA-Z0-9]*$/.test(text) ? 'more' : 'literal';
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  const character = name === undefined ? (code <= 0x10ffff ? String.fromCodePoint(code) : undefined) : ENTITIES[name];
  return character === undefined ? 'literal' : { bytes: Buffer.from(character), length: whole.length };
}

/** `&#65;`, `&#x41;` and the five names that every markup has. */
export const entity = (): Decode => decoder(0x26, parseEntity);
