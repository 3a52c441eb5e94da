import { hintFor } from './hints.ts';

/** One thing that is wrong in a policy pack. `line` counts from 1; 0 stands for the file as a whole. */
export type PackProblem = { readonly file: string; readonly line: number; readonly message: string };

/** A problem in one line, and in another what to do about it, where the message does not say that itself. */
export function problemLines(problem: PackProblem): readonly string[] {
  const { file, line, message } = problem;
  const hint = hintFor(problem);
  return [`${file}${line > 0 ? `:${line}` : ''} ${message}`, ...(hint === undefined ? [] : [`  hint: ${hint}`])];
}

/** The pack cannot be used: every problem that was found, at once. Nothing of a pack with problems is ever in effect. */
export class PackInvalidError extends Error {
  readonly code = 'PACK_INVALID';
  readonly problems: readonly PackProblem[];
  constructor(problems: readonly PackProblem[]) {
    const lines = problems.flatMap(problemLines).map((line) => `  ${line}`);
    super(`the policy pack cannot be used:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** The line that an offset in UTF-8 bytes is on, counted from 1: Cedar counts in bytes. */
export function lineAtByte(text: string, offset: number): number {
  return Buffer.from(text).subarray(0, offset).toString('utf8').split('\n').length;
}

/** The line that an offset in characters is on, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
