/** How many characters (Unicode code points) of UTF-8 begin in these bytes: those that do not continue another. */
export function charactersIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (!isContinuation(byte)) count++;
  return count;
}

/**
 * The characters from `skip` on, at most `limit` of them, of bytes cut out of a longer text in UTF-8. What the bytes begin with of a character
 * that began before does not count.
 */
export function charactersOf(bytes: Uint8Array, { skip, limit }: { skip: number; limit: number }): string {
  const begin = indexOf(bytes, skip, 0);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(begin, indexOf(bytes, limit, begin)));
}

/** Where the character begins that has so many others before it, counted from a place on. */
function indexOf(bytes: Uint8Array, characters: number, from: number): number {
  let left = characters;
  for (let index = from; index < bytes.length; index++)
    if (!isContinuation(bytes[index]!) && left-- === 0) return index;
  return bytes.length;
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;
