import { readFileSync } from 'node:fs';
import type { RunView, SubgoalView } from '@causeway/contracts';
import { UsageError, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Gateway } from '../gateway-client.ts';
import { brief, table } from '../text.ts';

const GOAL_LENGTH = 60;

/** Starts a run in a session, judged by the predicate that `--predicate` says. */
export async function startRun(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const [sessionId, goal] = [needed(input, 'session'), needed(input, 'goal')];
  const predicate = jsonOf('predicate', needed(input, 'predicate'));
  const queue = input.text('subgoals');
  const steps = input.text('steps') === undefined ? {} : { budget: { steps: input.count('steps', 1, 1) } };
  const subgoals = queue === undefined ? {} : { subgoals: jsonOf('subgoals', queue) };
  const run = await gateway.post<RunView>('/v1/runs', { sessionId, goal, predicate, ...steps, ...subgoals });
  io.out(input.has('json') ? JSON.stringify(run, null, 2) : `${run.runId} is ${run.state}.`);
  return EXIT.ok;
}

/** Shows the subgoals of a run, after `--add` has put further ones at the end. */
export async function subgoalsOf(gateway: Gateway, runId: string, input: Input, io: Io): Promise<ExitCode> {
  const path = `/v1/runs/${encodeURIComponent(runId)}`;
  const more = input.text('add');
  const run =
    more === undefined
      ? await gateway.get<RunView>(path)
      : await gateway.post<RunView>(`${path}/subgoals`, { subgoals: jsonOf('add', more) });
  const { subgoals = [] } = run;
  if (input.has('json')) io.out(JSON.stringify(subgoals, null, 2));
  else io.out(table([['SUBGOAL', 'STATE', 'CLAIMED', 'STEPS', 'GOAL'], ...subgoals.map(rowOf)]));
  return EXIT.ok;
}

const rowOf = ({ subgoalId, state, claimed, stepsUsed, budget, goal }: SubgoalView): string[] => [
  ...[subgoalId, state, claimed ? 'yes' : 'no', budget ? `${stepsUsed}/${budget.steps}` : String(stepsUsed)],
  brief(goal, GOAL_LENGTH),
];

function needed(input: Input, option: string): string {
  const text = input.text(option);
  if (text === undefined) throw new UsageError(`start needs --${option}`);
  return text;
}

/** The JSON that an option says, or that the file has which it names after an @. Throws UsageError when there is none. */
export function jsonOf(option: string, text: string): unknown {
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    throw new UsageError(`--${option} takes JSON, or @ and the name of a file with JSON: ${why}`);
  }
}
