import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from './gate/repository.ts';
import { GUARD_MUTATIONS } from './mutations/guards.ts';
import { knownResults } from './mutations/known-results.ts';
import type { Mutation } from './mutations/mutation.ts';
import { runMutation, type MutationResult } from './mutations/run-mutation.ts';
import { summaryOf, toldOf, type Tried } from './mutations/tell.ts';

/**
 * Takes out one guard after the other and runs its tests; with names of functions as arguments, those only. `--jobs` so many at once (1), `--resume` takes
 * over what a run before has found missed. Ends with 1 when a guard is missed by no test.
 */
const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: 'string', default: '1' }, resume: { type: 'boolean', default: false } },
});
const root = repositoryRoot();
const known = knownResults(root, join(root, '.causeway', 'guard-mutations.json'));
const chosen = GUARD_MUTATIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const unknown = wanted.filter((name) => !chosen.some((mutation) => mutation.name === name));
const began = performance.now();
const tried: Tried[] = [];

async function resultOf(mutation: Mutation): Promise<MutationResult> {
  const before = values.resume ? known.of(mutation) : undefined;
  if (before?.outcome === 'killed') return before;
  const result = await runMutation(root, mutation);
  known.keep(mutation, result);
  return result;
}

const waiting = [...chosen];
async function work(): Promise<void> {
  for (let mutation = waiting.shift(); mutation; mutation = waiting.shift()) {
    const one = { mutation, result: await resultOf(mutation) };
    tried.push(one);
    process.stdout.write(toldOf(one));
  }
}
await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs) || 1) }, work));
process.stdout.write(summaryOf(tried, performance.now() - began));
for (const name of unknown) process.stdout.write(`${name} is in no guard's entry\n`);
if (tried.length === 0 || unknown.length > 0 || tried.some(({ result }) => result.outcome !== 'killed'))
  process.exitCode = 1;
