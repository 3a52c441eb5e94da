import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { masterKey } from './master-key.ts';

describe('the key that all others are derived from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'master-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string, mode: number): string => {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), mode);
    return join(folder, name);
  };

  it('is what the file holds, or chance of this process alone', async () => {
    const content = 'k'.repeat(64);
    expect(String(await masterKey(file('good', content, 0o400)))).toBe(content);
    const [one, two] = [await masterKey(undefined), await masterKey(undefined)];
    expect([one.length, one.equals(two)]).toEqual([32, false]);
  });

  it('is none that others can read, that is short, or that is not there', async () => {
    await expect(masterKey(file('open', 'k'.repeat(64), 0o644))).rejects.toThrow('has mode 0644');
    await expect(masterKey(file('short', 'k'.repeat(31), 0o400))).rejects.toThrow('fewer than 32 bytes');
    await expect(masterKey(join(folder, 'none'))).rejects.toThrow('cannot be opened');
  });
});
