import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../gate/repository.ts';
import { GUARD_MUTATIONS, QUICK_MUTATIONS } from './guards.ts';
import { mutate } from './mutate.ts';
import { runMutation, verdictOf } from './run-mutation.ts';

const root = repositoryRoot();
const PASSES = { returns: 'undefined' };

describe('taking a guard out', () => {
  it('replaces what a function answers, and nothing else', () => {
    expect(mutate('const a = 1;\nfunction f(x: string) { return x; }\n', { name: 'f', removal: PASSES })).toBe(
      'const a = 1;\nfunction f(x: string) { return (undefined) as never; }\n',
    );
    expect(mutate('export const f = (x: string) => x;', { name: 'f', removal: PASSES })).toBe(
      'export const f = (x: string) => { return (undefined) as never; };',
    );
  });
  it('refuses a function or a text that is not there', () => {
    expect(() => mutate('function g() { a(); a(); }', { name: 'f', removal: PASSES })).toThrow(/not exactly one/);
    for (const from of ['b()', 'a()'])
      expect(() => mutate('function g() { a(); a(); }', { name: 'g', removal: { from, to: '' } })).toThrow(
        /exactly once/,
      );
  });
  it.each(GUARD_MUTATIONS)('is possible for $name, and changes $file', (mutation) => {
    const source = readFileSync(join(root, mutation.file), 'utf8');
    expect(mutate(source, mutation)).not.toBe(source);
  });
});

describe('the verdict', () => {
  const suite = (...statuses: string[]) => ({
    numTotalTests: statuses.length,
    testResults: [{ message: 'm', assertionResults: statuses.map((status, n) => ({ status, fullName: `t${n}` })) }],
  });
  it('names the first test that failed; one that could not run proves nothing', () => {
    expect(verdictOf(suite('passed', 'failed'))).toEqual({ outcome: 'killed', by: 't1' });
    expect(verdictOf(suite('passed'))).toEqual({ outcome: 'survived' });
    expect(verdictOf(suite())).toEqual({ outcome: 'broken', why: 'm' });
  });
});

describe('without a guard', () => {
  it.each(QUICK_MUTATIONS)(
    '$name a test fails',
    async (mutation) => {
      const result = await runMutation(root, mutation);
      process.stdout.write(`guard ${mutation.name}: ${JSON.stringify(result)}\n`);
      expect(result.outcome).toBe('killed');
    },
    120_000,
  );
  it('that is not one, none does', async () => {
    const [quick] = QUICK_MUTATIONS;
    const unchanged = { ...quick!, file: 'no/such/file.ts' };
    expect(await runMutation(root, unchanged)).toEqual({ outcome: 'survived' });
  }, 120_000);
  it('is every guard in the folder of guards', () => {
    const known = new Set(GUARD_MUTATIONS.map(({ file }) => file));
    const guards = [
      ...['port', 'self', 'name', 'chain', 'flow', 'content'].map((name) => `guards/${name}-guard.ts`),
      ...['binding', 'credential', 'echo'].map((name) => `secrets/${name}-guard.ts`),
    ].map((file) => `services/egress-proxy/src/${file}`);
    expect(guards.filter((file) => !known.has(file) || !existsSync(join(root, file)))).toEqual([]);
  });
});
