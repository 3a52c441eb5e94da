import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';
import { parseInput, UsageError } from '../command.ts';
import { policy } from './policy.ts';

const DEFAULT = join(repositoryRoot, 'deploy', 'policy', 'default');
const SITE = 'http://content.demo.internal:4790';

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'causeway-pack-'));
  cpSync(DEFAULT, copy, { recursive: true });
});
afterEach(() => rmSync(copy, { recursive: true }));

/** Changes a file of the copy. */
function change(file: string, from: string, to: string): void {
  const text = readFileSync(join(copy, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(copy, file), text.replace(from, to));
}

async function causeway(...args: readonly string[]) {
  const said = { out: [] as string[], err: [] as string[] };
  const io = { out: (line: string) => void said.out.push(line), err: (line: string) => void said.err.push(line) };
  const code = await policy.run(parseInput(args, policy), io);
  return { code, out: said.out.join('\n'), err: said.err.join('\n') };
}
const explaining = (url: string, method: string, ...more: readonly string[]) => [
  ...['explain', copy, '--agent', 'a', '--capability', 'network.http-fetch'],
  ...['--input', JSON.stringify({ url, method }), ...more],
];

describe('causeway policy check', () => {
  it('names the digest of a pack that can be used', async () => {
    const { code, out } = await causeway('check', DEFAULT);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^default 1\.0\.0 can be used: 9 rules, digest [0-9a-f]{64}$/),
    ]);
  });

  it('ends with 1 and says everything that is wrong, each with file, line and what to do', async () => {
    change('policy.cedar', 'context.path == "/publish"', 'context.pth == "/publish"');
    change('constitution.cedar', 'forbid (', 'permit (');
    change('pack.yaml', 'maxRedirects: 3', 'maxRedirects: 3\n  maxRedirect: 3');
    const { code, out, err } = await causeway('check', copy);
    expect(code).toBe(1);
    expect(out).toMatch(/^policy\.cedar:\d+ .*pth/m);
    expect(out).toMatch(/^ {2}hint: attributes that rules can speak of: .*context\.path/m);
    expect(out).toMatch(/^constitution\.cedar:3 the constitution holds forbid rules only/m);
    expect(out).toMatch(/^pack\.yaml:\d+ .*maxRedirect/m);
    expect(err).toContain('cannot be used');
    const json = JSON.parse((await causeway('check', copy, '--json')).out) as {
      problems: { line: number; hint?: string }[];
    };
    expect(json.problems.length).toBeGreaterThanOrEqual(3);
    expect(json.problems.every(({ line }) => line > 0)).toBe(true);
  });

  it('does not understand a folder that is not there, or none', async () => {
    await expect(causeway('check', join(copy, 'nowhere'))).rejects.toThrow(UsageError);
    await expect(causeway('check')).rejects.toThrow('check needs a folder');
    await expect(causeway('guess')).rejects.toThrow(UsageError);
  });
});

describe('causeway policy explain', () => {
  it('says why, what is near, and which rule would allow it', async () => {
    const { code, out } = await causeway(...explaining(`${SITE}/page/one`, 'GET'));
    expect(code).toBe(0);
    expect(out).toMatch(/^DENIED by rule default-deny of default 1\.0\.0/);
    expect(out).toMatch(/Rule demo-read-pages would allow it, if not for:\n {2}- .*context\.path is "\/page\/one"/);
    expect(out).toContain('permit (\n  principal == Agent::"a"');
  });

  it('says which rule forbids what no permit can allow', async () => {
    const { out } = await causeway(...explaining('https://example.org/', 'POST'));
    expect(out).toContain('No permit can allow it: constitution-post-only-to-named-destinations');
    expect(out).not.toContain('smallest');
  });

  it('ends with 1 when the verdict is not the one that was expected', async () => {
    const verdicts = ['allow', 'ask', 'deny'].map(
      async (verdict) => (await causeway(...explaining(`${SITE}/publish`, 'POST', '--expect', verdict))).code,
    );
    expect(await Promise.all(verdicts)).toEqual([1, 0, 1]);
    await expect(causeway(...explaining(SITE, 'GET', '--expect', 'maybe'))).rejects.toThrow(UsageError);
  });
});

describe('causeway policy diff', () => {
  it('shows rules, settings, and requests that are decided otherwise', async () => {
    change('policy.cedar', '@approval("human")\n', '');
    change('pack.yaml', 'maxRedirects: 3', 'maxRedirects: 1');
    const { code, out } = await causeway('diff', DEFAULT, copy);
    expect(code).toBe(0);
    expect(out).toContain('~ rule demo-publish-summary');
    expect(out).toContain('~ egress.maxRedirects: 3 → 1');
    expect(out).toContain(`POST ${SITE}/publish: ask (demo-publish-summary) → allow (demo-publish-summary)`);
    expect((await causeway('diff', DEFAULT, DEFAULT)).out).toBe('Nothing is otherwise.');
  });
});

describe('docs/policy.md', () => {
  const guide = readFileSync(join(repositoryRoot, 'docs', 'policy.md'), 'utf8');
  const blocks = (language: string): readonly string[] =>
    [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);
  const words = (line: string): readonly string[] =>
    [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  const commands = blocks('sh')
    .join('')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => /^\.\/causeway policy (?:check|explain|diff) deploy/.test(line));

  it('has commands that do what it says', async () => {
    expect(commands).toHaveLength(4);
    for (const line of commands) {
      const args = words(line).slice(2);
      const there = args.map((word) => (word.startsWith('deploy/') ? join(repositoryRoot, word) : word));
      expect([line, (await causeway(...there)).code]).toEqual([line, 0]);
    }
  });

  it('has rules and numbers that a pack can have', async () => {
    const rules = blocks('text').join('\n');
    change('policy.cedar', '// What is allowed.', `${rules}\n// What is allowed.`);
    change('pack.yaml', 'egress:\n', `${blocks('yaml').join('')}egress:\n`);
    const { code, out } = await causeway('check', copy, '--json');
    expect([code, (JSON.parse(out) as { rules: string[] }).rules]).toEqual([
      0,
      expect.arrayContaining(['read-docs', 'ask-for-new-hosts']),
    ]);
    const asking = explaining('https://docs.example.org/v1/a?q=1', 'GET', '--expect', 'allow');
    expect((await causeway(...asking)).code).toBe(0);
    expect((await causeway(...explaining('https://new.example.net/', 'GET', '--expect', 'ask'))).code).toBe(0);
  });
});
