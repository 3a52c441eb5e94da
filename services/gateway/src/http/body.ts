import { RefusedError } from './refused.ts';

/** Deepest nesting of arrays and objects that a body may have: those who come after walk it recursively. */
export const MAX_DEPTH = 64;

/**
 * Parses a body as JSON; an empty one is none. RefusedError REQUEST_INVALID when it is not JSON, is nested deeper than {@link MAX_DEPTH}, or has a key
 * `__proto__`, which would mean something else to whoever copies the object.
 */
export function parseJsonBody(text: string): unknown {
  if (text === '') return undefined;
  const body = parse(text);
  if (text.includes('__proto__') || text.includes('\\u')) refuseProto(body, MAX_DEPTH);
  if (isDeeper(body, MAX_DEPTH)) {
    throw new RefusedError('REQUEST_INVALID', `the body is nested deeper than ${MAX_DEPTH} levels; make it flatter`);
  }
  return body;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be parsed';
    throw new RefusedError('REQUEST_INVALID', `the body is not valid JSON: ${why}`);
  }
}

/** Whether arrays and objects are nested in more than `levels` levels. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (levels === 0) return true;
  for (const inner of Array.isArray(value) ? value : Object.values(value)) if (isDeeper(inner, levels - 1)) return true;
  return false;
}

function refuseProto(value: unknown, levels: number): void {
  if (value === null || typeof value !== 'object' || levels === 0) return;
  if (Object.hasOwn(value, '__proto__')) {
    throw new RefusedError('REQUEST_INVALID', 'the body has a key __proto__, which is not accepted; use another name');
  }
  for (const inner of Array.isArray(value) ? value : Object.values(value)) refuseProto(inner, levels - 1);
}
