/** Any JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Why a value has no canonical form, or none that the ledger takes. */
export type CanonicalJsonCode =
  | 'LONE_SURROGATE'
  | 'NUMBER_NOT_FINITE'
  | 'NOT_JSON'
  | 'NOT_PLAIN_OBJECT'
  | 'TOO_DEEP'
  | 'NUMBER_NOT_SAFE_INTEGER'
  | 'KEY_FORBIDDEN';

const REASONS: { readonly [code in CanonicalJsonCode]: string } = {
  LONE_SURROGATE: 'a string holds half of a surrogate pair, which is no character; send well-formed Unicode',
  NUMBER_NOT_FINITE: 'NaN and Infinity are not JSON; leave the field out or send a string',
  NOT_JSON: 'undefined, functions, symbols and big integers are not JSON; leave the field out or send a string',
  NOT_PLAIN_OBJECT: 'only plain objects and arrays are JSON; convert the value first',
  TOO_DEEP: 'values nest deeper than 32 levels; flatten them',
  NUMBER_NOT_SAFE_INTEGER: 'numbers must be integers between -(2^53-1) and 2^53-1; send other numbers as strings',
  KEY_FORBIDDEN: '«__proto__» cannot be a key; rename it',
};

/** A value that has no canonical form. `path` leads from the value to the part that is refused: keys and indexes, empty for the value itself. */
export class CanonicalJsonError extends Error {
  readonly code: CanonicalJsonCode;
  readonly path: readonly (string | number)[];

  constructor(code: CanonicalJsonCode, path: readonly (string | number)[]) {
    super(`${path.length === 0 ? 'the value' : path.join('.')}: ${REASONS[code]}`);
    this.name = 'CanonicalJsonError';
    this.code = code;
    this.path = path;
  }
}

/** Most levels of arrays and objects within each other. */
export const MAX_DEPTH = 32;

type Trail = (string | number)[];

const encoder = new TextEncoder();

/**
 * The canonical JSON text of a value (RFC 8785): no white space, keys in the order of their UTF-16 code units, numbers and strings as
 * ECMAScript writes them, `-0` as `0`. Throws {@link CanonicalJsonError} when the value has none or nests deeper than {@link MAX_DEPTH}.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0, []);
}

/** {@link canonicalJson} as UTF-8 bytes. */
export function canonicalBytes(value: unknown): Uint8Array {
  return encoder.encode(canonicalJson(value));
}

function write(value: unknown, depth: number, trail: Trail): string {
  if (typeof value === 'string') return writeString(value, trail);
  if (typeof value === 'number') return writeNumber(value, trail);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value !== 'object') throw new CanonicalJsonError('NOT_JSON', trail);
  if (value === null) return 'null';
  if (depth >= MAX_DEPTH) throw new CanonicalJsonError('TOO_DEEP', trail);
  return Array.isArray(value) ? writeArray(value, depth + 1, trail) : writeObject(value, depth + 1, trail);
}

function writeNumber(value: number, trail: Trail): string {
  if (!Number.isFinite(value)) throw new CanonicalJsonError('NUMBER_NOT_FINITE', trail);
  return String(value);
}

function writeString(value: string, trail: Trail): string {
  if (!value.isWellFormed()) throw new CanonicalJsonError('LONE_SURROGATE', trail);
  return JSON.stringify(value);
}

function writeArray(items: readonly unknown[], depth: number, trail: Trail): string {
  let text = '[';
  for (let index = 0; index < items.length; index++) {
    trail.push(index);
    text += (index === 0 ? '' : ',') + write(items[index], depth, trail);
    trail.pop();
  }
  return text + ']';
}

function writeObject(value: object, depth: number, trail: Trail): string {
  if (!isPlain(value)) throw new CanonicalJsonError('NOT_PLAIN_OBJECT', trail);
  const members = value as { readonly [key: string]: unknown };
  let text = '{';
  // The default order of sort() is that of UTF-16 code units, as RFC 8785 3.2.3 wants it.
  for (const key of Object.keys(members).sort()) {
    trail.push(key);
    text += (text.length === 1 ? '' : ',') + writeString(key, trail) + ':' + write(members[key], depth, trail);
    trail.pop();
  }
  return text + '}';
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object of another realm has that realm's Object.prototype, whose own prototype is null too.
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/**
 * Asserts that a value is data that the ledger seals: JSON whose numbers are safe integers, without `__proto__` keys, well-formed strings, at
 * most {@link MAX_DEPTH} levels. Throws {@link CanonicalJsonError} naming the first part that is not.
 */
export function assertLedgerData(value: unknown): asserts value is JsonValue {
  check(value, 0, []);
}

function check(value: unknown, depth: number, trail: Trail): void {
  if (typeof value === 'boolean' || value === null) return;
  if (typeof value === 'object') return checkContainer(value, depth + 1, trail);
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new CanonicalJsonError('LONE_SURROGATE', trail);
  } else if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new CanonicalJsonError('NUMBER_NOT_SAFE_INTEGER', trail);
  } else throw new CanonicalJsonError('NOT_JSON', trail);
}

function checkContainer(value: object, depth: number, trail: Trail): void {
  if (depth > MAX_DEPTH) throw new CanonicalJsonError('TOO_DEEP', trail);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      trail.push(index);
      check(value[index], depth, trail);
      trail.pop();
    }
    return;
  }
  if (!isPlain(value)) throw new CanonicalJsonError('NOT_PLAIN_OBJECT', trail);
  const members = value as { readonly [key: string]: unknown };
  for (const key of Object.keys(members)) {
    trail.push(key);
    if (key === '__proto__') throw new CanonicalJsonError('KEY_FORBIDDEN', trail);
    check(key, depth, trail);
    check(members[key], depth, trail);
    trail.pop();
  }
}

/**
 * {@link canonicalJson} of data that the ledger seals, checked as {@link assertLedgerData} does, in one pass: a writer does this for every event.
 * Where the data is refused, it is gone through once more to name the part.
 */
export function ledgerJson(value: unknown): string {
  try {
    return sealed(value, 0);
  } catch (error) {
    assertLedgerData(value);
    throw error;
  }
}

class NotSealable extends Error {}

function sealed(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return sealedText(value);
    case 'number':
      if (!Number.isSafeInteger(value)) throw new NotSealable();
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : sealedContainer(value, depth + 1);
    default:
      throw new NotSealable();
  }
}

function sealedText(value: string): string {
  if (!value.isWellFormed()) throw new NotSealable();
  return JSON.stringify(value);
}

function sealedContainer(value: object, depth: number): string {
  if (depth > MAX_DEPTH) throw new NotSealable();
  let text = '';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) text += (index === 0 ? '' : ',') + sealed(value[index], depth);
    return `[${text}]`;
  }
  if (!isPlain(value)) throw new NotSealable();
  const members = value as { readonly [key: string]: unknown };
  for (const key of Object.keys(members).sort()) {
    if (key === '__proto__') throw new NotSealable();
    text += (text === '' ? '' : ',') + sealedText(key) + ':' + sealed(members[key], depth);
  }
  return `{${text}}`;
}
