import { ERROR_CODES, EVENT_CONTRACTS } from '@causeway/contracts';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenLinks, missingPaths, type Doc, type Tree } from './docs/references.ts';
import { adrGaps, errorTableGaps, readmeTooLong, undefinedNouns } from './docs/registers.ts';
import { unrunnable, verbsOf } from './docs/snippets.ts';
import { repositoryRoot } from './gate/repository.ts';

const root = repositoryRoot();

const tree: Tree = {
  has: (path) => (path.includes('*') ? globSync(path, { cwd: root }).length > 0 : existsSync(join(root, path))),
  read: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
};

const REQUIRED = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/adr/README.md',
  'docs/errors.md',
  'docs/glossary.md',
  'witness/README.md',
  ...globSync('services/*/package.json', { cwd: root }).map((path) => path.replace('package.json', 'README.md')),
];

const documents: readonly Doc[] = [...new Set([...REQUIRED, ...globSync('docs/**/*.md', { cwd: root })])]
  .sort()
  .flatMap((path) => {
    const text = tree.read(path);
    return text === undefined ? [] : [{ path, text }];
  });

const textOf = (path: string): string => tree.read(path) ?? '';
const about = (path: string, complaints: readonly string[]): readonly string[] =>
  complaints.map((c) => `${path}: ${c}`);

const verbs = verbsOf(textOf('cli/src/verbs.ts'));
const complaints = [
  ...REQUIRED.filter((path) => !tree.has(path)).map((path) => `${path}: does not exist`),
  ...documents.flatMap((doc) =>
    about(doc.path, [...brokenLinks(doc, tree), ...missingPaths(doc, tree), ...unrunnable(doc.text, verbs)]),
  ),
  ...about('README.md', readmeTooLong(textOf('README.md'))),
  ...about(
    'docs/adr/README.md',
    adrGaps(
      textOf('docs/adr/README.md'),
      documents.filter(({ path }) => /^docs\/adr\/\d/.test(path)),
    ),
  ),
  ...about('docs/errors.md', errorTableGaps(textOf('docs/errors.md'), ERROR_CODES)),
  ...about('docs/glossary.md', undefinedNouns(textOf('docs/glossary.md'), EVENT_CONTRACTS.keys())),
];

for (const complaint of complaints) console.log(`✗ ${complaint}`);
console.log(`${documents.length} documents, ${complaints.length} complaints`);
process.exitCode = complaints.length > 0 ? 1 : 0;
