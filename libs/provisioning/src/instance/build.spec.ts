import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourcesFingerprint } from './build.ts';

describe('the fingerprint of the sources', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'causeway-build-'));
    for (const folder of ['libs/one/src', 'services/two/src/deep', 'witness/src'])
      mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, 'services/two/src/deep/a.ts'), 'export {};');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const changesWith = (file: string, content: string): boolean => {
    const before = sourcesFingerprint(root);
    writeFileSync(join(root, file), content);
    return sourcesFingerprint(root) !== before;
  };

  it('changes with a source, a new file, and the lock file', () => {
    expect(changesWith('services/two/src/deep/a.ts', 'export const a = 1;')).toBe(true);
    expect(changesWith('libs/one/src/b.ts', '')).toBe(true);
    expect(changesWith('witness/src/c.ts', '')).toBe(true);
    expect(changesWith('package-lock.json', '{}')).toBe(true);
  });

  it('stays the same for tests, documents and when nothing happens', () => {
    expect(changesWith('libs/one/src/b.spec.ts', 'it();')).toBe(false);
    expect(changesWith('libs/one/README.md', 'text')).toBe(false);
    expect(sourcesFingerprint(root)).toBe(sourcesFingerprint(root));
  });
});
