import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaryFolders, findBinaries, isUsable, majorOf } from './binaries.ts';

describe('looking for Postgres binaries', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-binaries-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const install = (name: string, major: number): string => {
    const bin = join(folder, name);
    mkdirSync(bin, { recursive: true });
    const program = `#!/bin/sh\necho "postgres (PostgreSQL) ${major}.4"\n`;
    for (const file of ['postgres', 'initdb']) writeFileSync(join(bin, file), program, { mode: 0o755 });
    return bin;
  };

  it('looks on PATH first, then at what Debian has, newest first', () => {
    for (const version of ['15', '9.6', '17', '16', 'common']) mkdirSync(join(folder, version));
    const folders = binaryFolders({ PATH: '/one:/two' }, folder);
    expect(folders).toEqual(['/one', '/two', ...['17', '16', '15'].map((version) => join(folder, version, 'bin'))]);
  });

  it('passes over a version that is too old', async () => {
    const [old, recent] = [install('old', 14), install('recent', 16)];
    expect(await findBinaries([join(folder, 'none'), old, recent])).toEqual({
      kind: 'binaries',
      folder: recent,
      major: 16,
    });
  });

  it('takes only the version that wrote the data, when there is data', async () => {
    const [newer, right] = [install('newer', 18), install('right', 15)];
    expect(await findBinaries([newer, right], 15)).toEqual({ kind: 'binaries', folder: right, major: 15 });
    expect(await findBinaries([newer], 15)).toBeUndefined();
  });

  it('reads the major version out of what postgres says', () => {
    expect(majorOf('postgres (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)')).toBe(17);
    expect(majorOf('something else')).toBe(0);
    expect([isUsable(14), isUsable(15), isUsable(14, 14), isUsable(16, 15)]).toEqual([false, true, true, false]);
  });
});
