import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './gate/repository.ts';
import { forbiddenIn } from './self/forbidden.ts';

const root = repositoryRoot();

/** Files that git tracks or would take; what it ignores belongs to one machine. */
function repositoryFiles(): readonly string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

const isText = (bytes: Buffer): boolean => !bytes.subarray(0, 8192).includes(0);

const files = repositoryFiles();
const complaints = files.flatMap((path) => {
  const bytes = readFileSync(join(root, path));
  return isText(bytes) ? forbiddenIn(path, bytes.toString('utf8')) : [];
});

for (const complaint of complaints) console.log(`✗ ${complaint}`);
console.log(`${files.length} files, ${complaints.length} complaints`);
process.exitCode = complaints.length > 0 || files.length === 0 ? 1 : 0;
