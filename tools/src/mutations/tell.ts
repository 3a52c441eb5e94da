import type { Mutation } from './mutation.ts';
import type { MutationResult } from './run-mutation.ts';

export type Tried = { readonly mutation: Mutation; readonly result: MutationResult };

const placeOf = ({ mutation: { file, name } }: Tried): string => `${file}#${name}`;

/** A guard, and what its tests said when it was gone. */
export function toldOf(tried: Tried): string {
  return `${tried.mutation.traps}  ${placeOf(tried)}\n    ${verdictIn(tried.result)}\n`;
}

function verdictIn(result: MutationResult): string {
  if (result.outcome === 'broken') return `BROKEN: ${result.why}`;
  if (result.outcome === 'survived') return 'SURVIVED: no test misses it';
  const others = result.failing > 1 ? ` (and ${result.failing - 1} more)` : '';
  return `fails: ${result.by}${others}`;
}

/** How many guards are missed, which are not, and how long it took. */
export function summaryOf(all: readonly Tried[], tookMs: number): string {
  const listed = (outcome: MutationResult['outcome']): readonly string[] =>
    all.filter(({ result }) => result.outcome === outcome).map((tried) => `${outcome}: ${placeOf(tried)}`);
  const killed = listed('killed').length;
  const lines = [
    `${killed} of ${all.length} guards are missed by a test when they are gone; ${Math.round(tookMs / 1_000)} s`,
    ...listed('survived'),
    ...listed('broken'),
  ];
  return `${lines.join('\n')}\n`;
}
