import { parseVerifierKey, type VerifierKey } from '@causeway/ledger';

/** The logs that are witnessed: for each origin the keys of which one has to have signed. */
export type TrustedLogs = ReadonlyMap<string, readonly VerifierKey[]>;

/**
 * Reads `{"logs": [{"origin", "vkeys": […]}]}`. Throws an Error that says what does not fit: an unknown name, a log without keys or named twice, a
 * key that is malformed, given twice, or a witness's.
 */
export function parseTrustedLogs(text: string): TrustedLogs {
  const { logs } = fieldsOf(JSON.parse(text), ['logs'], 'the file');
  const trusted = new Map<string, readonly VerifierKey[]>();
  for (const entry of listOf(logs, 'logs')) {
    const { origin, vkeys } = fieldsOf(entry, ['origin', 'vkeys'], 'a log');
    if (typeof origin !== 'string' || origin === '') throw new Error('the origin of a log must be its name');
    if (trusted.has(origin)) throw new Error(`the log ${origin} is named twice`);
    trusted.set(origin, keysOf(origin, listOf(vkeys, `the vkeys of ${origin}`)));
  }
  return trusted;
}

function keysOf(origin: string, vkeys: readonly unknown[]): readonly VerifierKey[] {
  if (vkeys.length === 0) throw new Error(`the log ${origin} has no key, so nothing of it could be believed`);
  if (new Set(vkeys).size < vkeys.length) throw new Error(`the log ${origin} has a key twice`);
  return vkeys.map((vkey) => {
    if (typeof vkey !== 'string') throw new Error(`a key of ${origin} must be text`);
    const key = parseVerifierKey(vkey);
    if (key.algorithm !== 'ed25519') throw new Error(`${vkey} is the key of a witness, not of the log ${origin}`);
    return key;
  });
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} must be a list`);
  return value;
}

function fieldsOf(value: unknown, names: readonly string[], what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} must be an object`);
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`${what} has the unknown field ${unknown[0]}; it takes ${names.join(', ')}`);
  return value as Record<string, unknown>;
}
