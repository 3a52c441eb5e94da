/** A shorter value would be found in answers that only look like it. */
const MIN_BYTES = 8;
export const MAX_BYTES = 8_192;

/** What is wrong with a value, in words that say nothing of it; undefined when it can be used. */
export function valueProblem(value: Uint8Array): string | undefined {
  if (value.length < MIN_BYTES) return `has ${value.length} bytes; at least ${MIN_BYTES} are needed`;
  if (value.length > MAX_BYTES) return `has more than ${MAX_BYTES} bytes`;
  if ([0x0a, 0x0d, 0x00].some((byte) => value.includes(byte)))
    return 'holds a line break or a NUL: write it without one, as printf does';
  return undefined;
}

/** What is wrong with a value that stands in a header field (RFC 9110 section 5.5 without obs-text). */
export function fieldProblem(value: Uint8Array): string | undefined {
  return value.every((byte) => byte >= 0x21 && byte <= 0x7e)
    ? undefined
    : 'holds characters other than visible ASCII, which no header field takes';
}
