export type EncodedBody = { readonly body: string; readonly bodyEncoding: 'utf8' | 'base64' };

const TEXTUAL =
  /^(?:text\/.*|application\/(?:.+\+)?(?:json|xml|yaml|x-ndjson|javascript|x-www-form-urlencoded)|image\/svg\+xml)$/;
/** JSON writes a control character as six; base64 needs a third more. */
const MAX_ESCAPED_RATIO = 4 / 3;

/**
 * The body as text when its type says text (or nothing) and its bytes are UTF-8, else as base64. Exact: the text encodes to the same bytes.
 * Text that JSON would blow up beyond base64's size goes as base64.
 */
export function encodeBody(bytes: Uint8Array, mediaType: string | undefined): EncodedBody {
  const text = mediaType === undefined || TEXTUAL.test(mediaType) ? utf8(bytes) : undefined;
  const fits = text !== undefined && JSON.stringify(text).length - 2 <= Math.max(64, bytes.length * MAX_ESCAPED_RATIO);
  return fits
    ? { body: text, bodyEncoding: 'utf8' }
    : { body: Buffer.from(bytes).toString('base64'), bodyEncoding: 'base64' };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
