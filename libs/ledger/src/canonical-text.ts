import { canonicalJson } from './canonical-json.ts';

/**
 * Whether a JSON text is the canonical form (RFC 8785) of the value that JSON.parse made of it. The same answer as comparing it with
 * {@link canonicalJson}, several times faster: what the platform writes of the value is canonical when the keys are in order.
 * @param value what JSON.parse made of `text`, known to hold well-formed strings only
 */
export function isCanonicalText(text: string, value: unknown): boolean {
  if (JSON.stringify(value) !== text) return text === canonicalJson(value);
  return isInOrder(value) || text === canonicalJson(value);
}

/** Whether the keys of every object come in the order of their UTF-16 code units, as RFC 8785 3.2.3 wants it. */
function isInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  let previous: string | undefined;
  for (const key of Object.keys(value)) {
    if (previous !== undefined && key < previous) return false;
    previous = key;
    if (!isInOrder((value as { readonly [key: string]: unknown })[key])) return false;
  }
  return true;
}
