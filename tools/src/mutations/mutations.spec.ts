import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../gate/repository.ts';
import { GUARD_MUTATIONS, QUICK_MUTATIONS } from './guards.ts';
import { knownResults } from './known-results.ts';
import { mutate } from './mutate.ts';
import type { Mutation } from './mutation.ts';
import { runMutation, verdictOf, type MutationResult } from './run-mutation.ts';
import { summaryOf, toldOf } from './tell.ts';

const root = repositoryRoot();
const PASSES = { returns: 'undefined' };

/** `T3-T5 T9` is T3, T4, T5 and T9. */
const trapsOf = ({ traps }: Mutation): readonly string[] =>
  traps.split(' ').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map((trap) => Number(trap.slice(1)));
    return Array.from({ length: to - from + 1 }, (_, index) => `T${from + index}`);
  });

describe('taking a guard out', () => {
  it('replaces what a function answers, and nothing else', () => {
    expect(mutate('const a = 1;\nfunction f(x: string) { return x; }\n', { name: 'f', removal: PASSES })).toBe(
      'const a = 1;\nfunction f(x: string) { return (undefined) as never; }\n',
    );
    expect(mutate('export const f = (x: string) => x;', { name: 'f', removal: PASSES })).toBe(
      'export const f = (x: string) => { return (undefined) as never; };',
    );
  });
  it('changes a text in a constant, which has no answer to replace', () => {
    const list = "const f = ['a', 'b'];";
    expect(mutate(list, { name: 'f', removal: { from: "'a', ", to: '' } })).toBe("const f = ['b'];");
    expect(() => mutate(list, { name: 'f', removal: PASSES })).toThrow(/not exactly one/);
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
    const changed = mutate(source, mutation);
    expect(changed).not.toBe(source);
    expect(ts.transpileModule(changed, { reportDiagnostics: true }).diagnostics).toEqual([]);
  });
  it('is left to one file of tests each, and told once', () => {
    const specs = globSync('{libs,services}/*/{src,test}/**/*.spec.ts', { cwd: root });
    const tests = GUARD_MUTATIONS.map(({ test }) => test);
    expect(tests.filter((test) => specs.filter((file) => `/${file}`.endsWith(`/${test}`)).length !== 1)).toEqual([]);
    expect(new Set(GUARD_MUTATIONS.map((mutation) => JSON.stringify(mutation))).size).toBe(GUARD_MUTATIONS.length);
  });
});

describe('the verdict', () => {
  const suite = (...statuses: string[]) => ({
    numTotalTests: statuses.length,
    testResults: [
      {
        message: 'm',
        assertionResults: statuses.map((status, n) => ({
          status: status === 'passed' ? 'passed' : 'failed',
          fullName: `t${n}`,
          failureMessages: status === 'passed' ? [] : [status],
        })),
      },
    ],
  });
  const unexpected = 'Error: \u001b[2mexpect(\u001b[22mreceived).toBe(expected)';
  it('names the first test that failed by what it expects', () => {
    const verdict = verdictOf(suite('passed', 'TypeError: x', unexpected, 'Error: Property failed after 3 tests'));
    expect(verdict).toEqual({ outcome: 'killed', by: 't2', failing: 3 });
    expect(verdictOf(suite('Error: Property failed after 3 tests'))).toMatchObject({ outcome: 'killed', by: 't0' });
    expect(verdictOf(suite('passed'))).toEqual({ outcome: 'survived' });
  });
  it('of tests that could not run, or only fell over, proves nothing', () => {
    expect(verdictOf(suite())).toEqual({ outcome: 'broken', why: 'm' });
    expect(verdictOf(suite('passed', 'TypeError: x'))).toEqual({ outcome: 'broken', why: 't1: TypeError: x' });
  });
});

describe('what is told', () => {
  const [mutation] = GUARD_MUTATIONS;
  const tried = (result: MutationResult) => ({ mutation: mutation!, result });
  const place = `${mutation!.file}#${mutation!.name}`;
  it('is each guard with its verdict, and at the end which are not missed', () => {
    const killed = tried({ outcome: 'killed', by: 'a test', failing: 2 });
    const survived = tried({ outcome: 'survived' });
    const broken = tried({ outcome: 'broken', why: 'x' });
    expect(toldOf(killed)).toContain('fails: a test (and 1 more)');
    expect(toldOf(survived)).toContain('SURVIVED');
    expect(toldOf(broken)).toContain('BROKEN: x');
    expect(summaryOf([killed, survived, broken], 2_400)).toBe(
      `1 of 3 guards are missed by a test when they are gone; 2 s\nsurvived: ${place}\nbroken: ${place}\n`,
    );
  });
  it('is kept, and known again while the guard is what it was', () => {
    const folder = mkdtempSync(join(tmpdir(), 'guards-'));
    const file = join(folder, 'deeper', 'known.json');
    const result = { outcome: 'killed', by: 'a test', failing: 1 } as const;
    knownResults(root, file).keep(mutation!, result);
    expect(knownResults(root, file).of(mutation!)).toEqual(result);
    expect(knownResults(root, file).of({ ...mutation!, removal: { returns: '1' } })).toBeUndefined();
    writeFileSync(join(folder, 'guard.ts'), 'one');
    const elsewhere = { ...mutation!, file: 'guard.ts' };
    knownResults(folder, file).keep(elsewhere, result);
    writeFileSync(join(folder, 'guard.ts'), 'two');
    expect(knownResults(folder, file).of(elsewhere)).toBeUndefined();
    rmSync(folder, { recursive: true });
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
  it('is tried for every trap in which a line of ours stands', () => {
    // Brackets around names are the URL parser's to refuse; a dialled address has no other to try, and a client of its own no connection to share.
    const others = ['T13', 'T19', 'T36'];
    const [table] = readFileSync(join(root, 'docs', 'egress-traps.md'), 'utf8').split('## From inside a jail');
    const listed = table!.match(/^\| T\d+/gm)!;
    const traps = listed.map((row) => row.slice(2)).filter((trap) => !others.includes(trap));
    const tried = new Set(GUARD_MUTATIONS.flatMap((mutation) => trapsOf(mutation)));
    expect(listed).toHaveLength(50);
    expect(traps.filter((trap) => !tried.has(trap))).toEqual([]);
  });
  it('is every guard in the folder of guards', () => {
    const known = new Set(GUARD_MUTATIONS.map(({ file }) => file));
    const guards = [
      ...['port', 'self', 'name', 'chain', 'flow', 'content', 'wire'].map((name) => `guards/${name}-guard.ts`),
      ...['binding', 'credential', 'echo'].map((name) => `secrets/${name}-guard.ts`),
    ].map((file) => `services/egress-proxy/src/${file}`);
    expect(guards.filter((file) => !known.has(file) || !existsSync(join(root, file)))).toEqual([]);
  });
});
