import { createHash } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operatorKeysFile, operatorOf, type OperatorKey } from './operator-keys.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const key = (id: string, role: OperatorKey['role'], secret: string): OperatorKey => ({
  id,
  role,
  sha256: sha256(secret),
});
const ada = key('ada', 'admin', 'secret-a');
const bob = key('bob', 'viewer', 'secret-b');

describe('operator keys', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'causeway-keys-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds whose key it is', () => {
    expect(operatorOf([ada, bob], 'secret-b')).toEqual({ role: 'viewer', actor: { kind: 'operator', id: 'bob' } });
    expect(operatorOf([ada, bob], sha256('secret-b'))).toBeUndefined();
    expect(operatorOf([], 'secret-a')).toBeUndefined();
  });

  it('reads the file again when another takes its place', () => {
    const path = join(folder, 'keys.json');
    writeFileSync(path, JSON.stringify({ keys: [ada] }));
    const keys = operatorKeysFile(path);
    expect(keys()).toEqual([ada]);
    writeFileSync(`${path}.new`, JSON.stringify({ keys: [bob] }));
    renameSync(`${path}.new`, path);
    expect(keys()).toEqual([bob]);
  });

  it.each([
    ['is not JSON', '{'],
    ['has a role that does not exist', JSON.stringify({ keys: [{ ...ada, role: 'root' }] })],
    ['has a key in the clear', JSON.stringify({ keys: [{ ...ada, sha256: 'secret-a' }] })],
    ['has an unknown field', JSON.stringify({ keys: [{ ...ada, expires: 'never' }] })],
  ])('lets nobody in while the file %s, those of before included', (_what, content) => {
    const path = join(folder, 'keys.json');
    writeFileSync(path, JSON.stringify({ keys: [ada] }));
    const keys = operatorKeysFile(path);
    keys();
    writeFileSync(path, content);
    expect(keys).toThrow('cannot be read');
    expect(keys).toThrow('cannot be read');
    writeFileSync(path, JSON.stringify({ keys: [ada, bob] }));
    expect(keys()).toEqual([ada, bob]);
  });

  it('fails when there is no file', () => {
    expect(operatorKeysFile(join(folder, 'none.json'))).toThrow('cannot be read');
  });
});
