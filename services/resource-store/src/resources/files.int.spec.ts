import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileWithin } from './files.ts';

let outer: string;
let folder: string;

beforeAll(() => {
  outer = mkdtempSync(join(tmpdir(), 'causeway-test-'));
  folder = join(outer, 'ingest');
  mkdirSync(join(folder, 'sub'), { recursive: true });
  mkdirSync(join(outer, 'ingest-other'));
  writeFileSync(join(outer, 'secret.txt'), 'secret');
  writeFileSync(join(outer, 'ingest-other', 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'notes.txt'), 'notes');
  writeFileSync(join(folder, 'sub', 'deep.txt'), 'deep');
  symlinkSync(join(folder, 'notes.txt'), join(folder, 'sub', 'inner-link.txt'));
  symlinkSync(join(outer, 'secret.txt'), join(folder, 'outer-link.txt'));
  symlinkSync(outer, join(folder, 'outer-folder'));
  symlinkSync(join(outer, 'nothing'), join(folder, 'broken-link'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});
afterAll(() => rmSync(outer, { recursive: true }));

const read = (path: string, maxBytes = 100) => readFileWithin({ folder, path, maxBytes });

describe('a file to take in', () => {
  it.each([
    ['notes.txt', 'notes'],
    ['sub/deep.txt', 'deep'],
    ['sub/../notes.txt', 'notes'],
    ['./notes.txt', 'notes'],
    ['sub/inner-link.txt', 'notes'],
  ])('%s is read', async (path, text) => {
    expect(await read(path)).toEqual({ ok: true, value: Buffer.from(text) });
  });

  it.each([
    '../secret.txt',
    'sub/../../secret.txt',
    '../ingest-other/secret.txt',
    '..',
    '.',
    '/etc/passwd',
    'outer-link.txt',
    'outer-folder/secret.txt',
    'sub',
    'pipe',
    'notes.txt\0.md',
  ])('%s is refused', async (path) => {
    expect(await read(path)).toMatchObject({ ok: false, rejection: { code: 'RESOURCE_FILE_REFUSED' } });
  });

  it.each(['missing.txt', 'sub/missing.txt', 'notes.txt/deeper', 'broken-link'])('%s is not found', async (path) => {
    expect(await read(path)).toMatchObject({ ok: false, rejection: { code: 'RESOURCE_NOT_FOUND' } });
  });

  it('may have as many bytes as allowed and not one more', async () => {
    expect(await read('notes.txt', 5)).toMatchObject({ ok: true });
    expect(await read('notes.txt', 4)).toMatchObject({ ok: false, rejection: { code: 'RESOURCE_TOO_LARGE' } });
  });
});
