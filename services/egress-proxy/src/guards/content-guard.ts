import { stop, type Stop } from '../fetch/fetch-stop.ts';

/** What is wrong with a type that the rule does not list. Entries are `type/subtype` or `type/*`; without a list every type is taken. */
export function typeStop(mediaType: string | undefined, listed: readonly string[] | undefined): Stop | undefined {
  if (listed === undefined) return undefined;
  const family = `${mediaType?.split('/', 1)[0]}/*`;
  if (mediaType !== undefined && (listed.includes(mediaType) || listed.includes(family))) return undefined;
  return refusal(`it answered with ${mediaType ?? 'no content type'}; the rule takes ${listed.join(', ')}`);
}

/** First bytes, in hexadecimal, of what is executed, unpacked or drawn: WHATWG MIME Sniffing sections 6.1 to 6.4, and the ELF, Mach-O and
 * WebAssembly headers. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ['89504e470d0a1a0a', 'image'],
  ['ffd8ff', 'image'],
  ['474946383761', 'image'],
  ['474946383961', 'image'],
  ['255044462d', 'application/pdf'],
  ['504b0304', 'archive'],
  ['1f8b08', 'archive'],
  ['526172211a07', 'archive'],
  ['377abcaf271c', 'archive'],
  ['fd377a585a00', 'archive'],
  ['28b52ffd', 'archive'],
  ['425a6839314159265359', 'archive'],
  ['7f454c46', 'program'],
  ['cafebabe', 'program'],
  ['cffaedfe', 'program'],
  ['0061736d', 'program'],
];
const TEXT = /^(?:text\/|application\/(?:[a-z0-9.+-]+\+)?(?:json|xml|yaml|x-ndjson|javascript)$)/;
const MARKUP = /^\s*<(?:!doctype\s+html|html|head|body|script|iframe|svg)[\s>]/i;
const SCRIPT_IN_SVG = /<script[\s>/]|\son[a-z]+\s*=|javascript:/i;
const LOOKED_AT = 1_445;

/** What is wrong with a body that is not what its type says, so that whoever believes the type would run or show something else. */
export function sniffStop(body: Uint8Array, mediaType: string | undefined): Stop | undefined {
  if (mediaType === undefined || body.length === 0) return undefined;
  const found = lieOf(body, mediaType);
  return found === undefined ? undefined : refusal(`it says ${mediaType}, but what came is ${found}`);
}

function lieOf(body: Uint8Array, mediaType: string): string | undefined {
  const start = Buffer.from(body.subarray(0, LOOKED_AT));
  const magic = SIGNATURES.find(([hex]) => start.toString('hex', 0, hex.length / 2) === hex)?.[1];
  const isMarkup = MARKUP.test(start.toString('latin1').replace(/^\xef\xbb\xbf/, ''));
  if (mediaType === 'image/svg+xml') return magic ?? svgLie(body);
  if (TEXT.test(mediaType)) return magic ?? (isBinary(start) ? 'not text' : markupLie(isMarkup, mediaType));
  return mediaType.startsWith('image/') ? pictureLie(magic, isMarkup) : undefined;
}

function pictureLie(magic: string | undefined, isMarkup: boolean): string | undefined {
  if (isMarkup) return 'markup';
  return magic === 'image' ? undefined : magic;
}

const svgLie = (body: Uint8Array): string | undefined =>
  SCRIPT_IN_SVG.test(Buffer.from(body).toString('latin1')) ? 'a picture that runs scripts' : undefined;

/** Markup under these types is text somebody meant to show or to parse as markup. */
const markupLie = (isMarkup: boolean, mediaType: string): string | undefined =>
  isMarkup && !/^text\/(?:html|plain|markdown|xml)$|xml$/.test(mediaType) ? 'markup' : undefined;

/** WHATWG MIME Sniffing section 3: bytes that text does not contain, unless a byte order mark of UTF-16 says otherwise. */
function isBinary(start: Buffer): boolean {
  if (/^(?:feff|fffe)/.test(start.toString('hex', 0, 2))) return false;
  return start.some(
    (byte) => byte <= 8 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte < 0x20),
  );
}

const refusal = (detail: string): Stop =>
  stop('UPSTREAM_PROTOCOL_REFUSED', 'body', `the destination is not one we read from: ${detail}`);
