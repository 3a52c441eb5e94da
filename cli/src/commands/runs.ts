import type { RunView, StepView } from '@causeway/contracts';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { brief, shown, table } from '../text.ts';
import { startRun, subgoalsOf } from './run-goals.ts';

const GOAL_LENGTH = 60;

export const runs: Command = {
  usage: `./causeway runs [list] [--state <state>] [--limit <n>] [--json]
./causeway runs show <run> [--json]
./causeway runs cancel <run> --reason <text>
./causeway runs start --session <session> --goal <text> --predicate <json> [--subgoals <json>] [--steps <n>] [--json]
./causeway runs subgoals <run> [--add <json>] [--json]
./causeway runs pause <run> [--reason <text>] [--until <time>]
./causeway runs resume <run> [--reason <text>]
./causeway runs signal <run> <name> [--data <json>]

Lists runs, newest first; shows one with its steps; cancels one; starts one; shows its subgoals and adds to them; pauses one until it is
resumed; tells one that something happened.

  --state <state>    only runs in this state: active, paused, done, failed, cancelled
  --limit <n>        at most this many; default 50, up to 200
  --reason <text>    why, for the record
  --session <id>     the session whose agent does the work
  --goal <text>      what it is to do
  --predicate <json> when it is done, as JSON or @file: docs/predicates.md
  --subgoals <json>  a list of subgoals, as JSON or @file
  --add <json>       a list of further subgoals, as JSON or @file
  --steps <n>        how many steps it may take; left out, what the policy pack says
  --until <time>     when a pause that nobody ended fails the run, ISO 8601; default: what policy says
  --data <json>      what the signal says, as a JSON object
  --json             what the gateway answered, as JSON
  --key-file <path>  act with the operator key in this file instead of the local operator's`,
  options: {
    state: { type: 'string' },
    limit: { type: 'string' },
    reason: { type: 'string' },
    session: { type: 'string' },
    goal: { type: 'string' },
    predicate: { type: 'string' },
    subgoals: { type: 'string' },
    add: { type: 'string' },
    steps: { type: 'string' },
    until: { type: 'string' },
    data: { type: 'string' },
    json: { type: 'boolean' },
    'key-file': { type: 'string' },
  },
  maxPositionals: 3,
  run: (input, io) => {
    const [action = 'list', runId] = input.positionals;
    const gateway = gatewayAs('local-operator', input.text('key-file'));
    if (action === 'list') return list(gateway, input, io);
    if (action === 'start') return startRun(gateway, input, io);
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) throw new UsageError(`"${action}" is nothing one can do with runs`);
    if (!runId) throw new UsageError(`${action} needs the id of a run`);
    if (input.positionals.length > 2 && action !== 'signal') throw new UsageError(`${action} takes one run`);
    return act(gateway, runId, input, io);
  },
};

type Action = (gateway: Gateway, runId: string, input: Input, io: Io) => Promise<ExitCode>;
const ACTIONS: { readonly [action: string]: Action } = { show, cancel, subgoals: subgoalsOf, pause, resume, signal };

async function list(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const query = { state: input.text('state'), limit: input.count('limit', 1, 50) };
  const answer = await gateway.get<{ runs: RunView[] }>('/v1/runs', query);
  if (input.has('json')) io.out(JSON.stringify(answer, null, 2));
  else {
    const rows = answer.runs.map((run) => [
      run.runId,
      stateOf(run),
      stepsOf(run),
      run.agentId,
      brief(run.goal, GOAL_LENGTH),
    ]);
    io.out(table([['RUN', 'STATE', 'STEPS', 'AGENT', 'GOAL'], ...rows]));
  }
  return EXIT.ok;
}

async function show(gateway: Gateway, runId: string, input: Input, io: Io): Promise<ExitCode> {
  const path = `/v1/runs/${encodeURIComponent(runId)}`;
  const [run, { steps }] = await Promise.all([
    gateway.get<RunView>(path),
    gateway.get<{ steps: StepView[] }>(`${path}/steps`),
  ]);
  if (input.has('json')) {
    io.out(JSON.stringify({ run, steps }, null, 2));
    return EXIT.ok;
  }
  io.out(
    `${run.runId}  ${stateOf(run)}  claimed: ${yes(run.claimed)}  verified: ${yes(run.verified)}  steps: ${stepsOf(run)}`,
  );
  io.out(shown(run.goal));
  if (run.endReason) io.out(`Ended: ${shown(run.endReason)}`);
  const rows = steps.map(({ stepId, capability, state, rule, code }) => [
    stepId,
    capability,
    state,
    rule ?? '-',
    code ?? '-',
  ]);
  io.out(table([['STEP', 'CAPABILITY', 'STATE', 'RULE', 'CODE'], ...rows]));
  return EXIT.ok;
}

async function cancel(gateway: Gateway, runId: string, input: Input, io: Io): Promise<ExitCode> {
  const reason = input.text('reason');
  if (!reason) throw new UsageError('cancel needs --reason <text>');
  return tell(gateway, `${runId}/cancel`, { reason }, { input, io });
}

function pause(gateway: Gateway, runId: string, input: Input, io: Io): Promise<ExitCode> {
  const [reason, deadline] = [input.text('reason'), input.text('until')];
  const body = { cause: 'operator', ...(reason && { reason }), ...(deadline && { deadline }) };
  return tell(gateway, `${runId}/pause`, body, { input, io });
}

function resume(gateway: Gateway, runId: string, input: Input, io: Io): Promise<ExitCode> {
  const reason = input.text('reason');
  return tell(gateway, `${runId}/resume`, reason ? { reason } : {}, { input, io });
}

function signal(gateway: Gateway, runId: string, input: Input, io: Io): Promise<ExitCode> {
  const name = input.positionals[2];
  if (!name) throw new UsageError('signal needs the name of what happened');
  return tell(gateway, `${runId}/signal`, { name, ...dataOf(input.text('data')) }, { input, io });
}

function dataOf(text: string | undefined): { readonly data?: unknown } {
  if (text === undefined) return {};
  try {
    return { data: JSON.parse(text) as unknown };
  } catch {
    throw new UsageError('--data is not JSON; put it in single quotes, as in --data \'{"invoice": 7}\'');
  }
}

type Shown = { readonly input: Input; readonly io: Io };

async function tell(gateway: Gateway, path: string, body: object, { input, io }: Shown): Promise<ExitCode> {
  const [runId = '', verb = ''] = path.split('/');
  const run = await gateway.post<RunView>(`/v1/runs/${encodeURIComponent(runId)}/${verb}`, body);
  io.out(input.has('json') ? JSON.stringify(run, null, 2) : `${run.runId} is ${stateOf(run)}.`);
  return EXIT.ok;
}

const stateOf = ({ state, pauseCause }: RunView): string => (pauseCause ? `${state} (${pauseCause})` : state);
const stepsOf = ({ budget }: RunView): string => `${budget.steps.used}/${budget.steps.limit}`;
const yes = (value: boolean): string => (value ? 'yes' : 'no');
