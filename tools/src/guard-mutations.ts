import { repositoryRoot } from './gate/repository.ts';
import { GUARD_MUTATIONS, type Mutation } from './mutations/guards.ts';
import { runMutation, type MutationResult } from './mutations/run-mutation.ts';

function told({ traps, file, name }: Mutation, result: MutationResult): string {
  const guard = `${traps}  ${file}#${name}`;
  if (result.outcome === 'killed') return `${guard}\n    fails: ${result.by}\n`;
  return `${guard}\n    ${result.outcome === 'survived' ? 'SURVIVED: no test misses it' : `BROKEN: ${result.why}`}\n`;
}

/** Takes out one guard after the other; with names as arguments, those only. */
const wanted = process.argv.slice(2);
const chosen = GUARD_MUTATIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const results: MutationResult[] = [];
for (const mutation of chosen) {
  const result = await runMutation(repositoryRoot(), mutation);
  results.push(result);
  process.stdout.write(told(mutation, result));
}
const killed = results.filter(({ outcome }) => outcome === 'killed').length;
process.stdout.write(`${killed} of ${chosen.length} guards are missed by a test when they are gone\n`);
if (killed < chosen.length || chosen.length === 0) process.exitCode = 1;
