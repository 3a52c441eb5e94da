import { inColumns } from './report.ts';

/** Something that was aimed for beside what was measured. A machine decides with it; nothing fails by it. */
export type Goal = {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
  readonly reached: boolean;
};

/** The goals as a table for people. */
export function goalTable(goals: readonly Goal[]): string {
  const lines = goals.map(({ what, aim, measured, reached }) => [what, aim, measured, reached ? 'reached' : 'missed']);
  return lines.length === 0
    ? 'no goal has its figures in what was measured'
    : inColumns(['goal', 'aim', 'measured', ''], lines);
}
