import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addOperatorKey,
  ensureOperatorKeys,
  newOperatorKey,
  operatorKeyFile,
  operatorKeys,
  removeOperatorKey,
} from './operator-keys.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('operator keys', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'causeway-keys-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('are cwk_ and 43 characters of base64url, never the same', () => {
    expect(newOperatorKey()).toMatch(/^cwk_[A-Za-z0-9_-]{43}$/);
    expect(newOperatorKey()).not.toBe(newOperatorKey());
  });

  it("show the admin's key at the first start only, and store nothing but its digest", () => {
    const adminKey = ensureOperatorKeys(home) ?? '';
    expect(operatorKeys(home)).toContainEqual({ id: 'admin', role: 'admin', sha256: sha256(adminKey) });
    const secrets = join(home, 'secrets');
    const stored = readdirSync(secrets).map((file) => readFileSync(join(secrets, file), 'utf8'));
    expect(stored.join('\n')).not.toContain(adminKey);
    expect(ensureOperatorKeys(home)).toBeUndefined();
  });

  it('keep the local operators in files that only their owner can read', () => {
    ensureOperatorKeys(home);
    const path = operatorKeyFile(home, 'local-approver');
    const key = readFileSync(path, 'utf8').trim();
    expect(operatorKeys(home)).toContainEqual({ id: 'local-approver', role: 'approver', sha256: sha256(key) });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'secrets')).mode & 0o777).toBe(0o700);
  });

  it('can be given anew and taken away', () => {
    ensureOperatorKeys(home);
    const first = addOperatorKey(home, 'mary', 'viewer');
    const second = addOperatorKey(home, 'mary', 'approver');
    expect(operatorKeys(home).filter(({ id }) => id === 'mary')).toEqual([
      { id: 'mary', role: 'approver', sha256: sha256(second) },
    ]);
    expect(first).not.toBe(second);
    expect([removeOperatorKey(home, 'mary'), removeOperatorKey(home, 'mary')]).toEqual([true, false]);
  });
});
