import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { homePaths, readIfThere, writeWhole } from '../home.ts';
import { ensureSecretsDir, randomSecret, secretIn } from '../secrets.ts';

export const OPERATOR_ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** An operator's key as the gateway knows it: never the key itself. */
export type OperatorKey = { readonly id: string; readonly role: OperatorRole; readonly sha256: string };

/** Operators that exist on every instance, for the command line on the same machine. */
export const LOCAL_OPERATORS = { 'local-operator': 'operator', 'local-approver': 'approver' } as const satisfies {
  readonly [id: string]: OperatorRole;
};
export type LocalOperator = keyof typeof LOCAL_OPERATORS;

/** A new key: `cwk_` and 256 random bits as 43 characters of base64url. */
export const newOperatorKey = (): string => `cwk_${randomSecret()}`;

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const localKeyFile = (id: LocalOperator): string => `${id}.key`;

export function operatorKeyFile(home: string, id: LocalOperator): string {
  return join(homePaths(home).secrets, localKeyFile(id));
}

export function operatorKeys(home: string): readonly OperatorKey[] {
  const text = readIfThere(homePaths(home).operatorKeys);
  return text === undefined ? [] : (JSON.parse(text) as { keys: OperatorKey[] }).keys;
}

/** Adds an operator, or gives one a new key. Returns the key: this is the only time it can be had. */
export function addOperatorKey(home: string, id: string, role: OperatorRole): string {
  const key = newOperatorKey();
  writeKeys(home, [...operatorKeys(home).filter((known) => known.id !== id), { id, role, sha256: sha256Hex(key) }]);
  return key;
}

/** Whether there was such an operator. */
export function removeOperatorKey(home: string, id: string): boolean {
  const keys = operatorKeys(home);
  const kept = keys.filter((known) => known.id !== id);
  if (kept.length < keys.length) writeKeys(home, kept);
  return kept.length < keys.length;
}

/** Makes the keys of a new instance. Returns the admin's key when it was made just now; it is stored nowhere. */
export function ensureOperatorKeys(home: string): string | undefined {
  const { secrets } = homePaths(home);
  const locals = Object.entries(LOCAL_OPERATORS).map(([id, role]) => {
    const key = secretIn(secrets, localKeyFile(id as LocalOperator), newOperatorKey);
    return { id, role, sha256: sha256Hex(key) };
  });
  const known = operatorKeys(home);
  const others = known.filter(({ id }) => !(id in LOCAL_OPERATORS));
  const wanted = [...others, ...locals];
  if (JSON.stringify(wanted) !== JSON.stringify(known)) writeKeys(home, wanted);
  return known.length > 0 ? undefined : addOperatorKey(home, 'admin', 'admin');
}

function writeKeys(home: string, keys: readonly OperatorKey[]): void {
  ensureSecretsDir(homePaths(home).secrets);
  writeWhole(homePaths(home).operatorKeys, `${JSON.stringify({ keys }, null, 2)}\n`, 0o600);
}
