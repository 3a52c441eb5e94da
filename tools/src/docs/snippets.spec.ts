import { unrunnable, verbsOf } from './snippets.ts';

const MAIN = `const VERBS = { up: () => import('./commands/up.ts'), runs: () => import('./commands/runs.ts') };`;
const verbs = verbsOf(MAIN);
const snippet = (...lines: readonly string[]): string => ['```sh', ...lines, '```', ''].join('\n');

describe('shell snippets', () => {
  it('know the verbs of the dispatch table, and help', () => {
    expect([...verbs]).toEqual(['up', 'runs', 'help']);
  });

  it('pass with our verbs, well-known commands, variables and comments', () => {
    const text = snippet(
      '# start',
      '$ ./causeway up --json | jq .',
      'KEY=abc ./causeway runs list && echo "a | b; c"',
      'RUN=1',
      'curl -s \\',
      '  http://127.0.0.1',
      './causeway --help',
    );
    expect(unrunnable(text, verbs)).toEqual([]);
  });

  it('fail with a verb that does not exist', () => {
    expect(unrunnable(snippet('./causeway fly'), verbs)).toEqual([expect.stringContaining('no such verb')]);
  });

  it('fail with a command that nobody knows, also behind a pipe', () => {
    expect(unrunnable(snippet('cat a | frobnicate'), verbs)).toEqual([expect.stringContaining("'frobnicate'")]);
  });

  it('are read in shell blocks only', () => {
    expect(unrunnable('```json\nfrobnicate\n```\n', verbs)).toEqual([]);
  });
});
