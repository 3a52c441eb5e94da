import type { BudgetStatus, PoolView, RunView } from '@causeway/contracts';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { table } from '../text.ts';

export const budget: Command = {
  usage: `./causeway budget show <run> [--json]
./causeway budget extend <run or pool> --meter <meter> --by <n> --reason <text> [--json]
./causeway budget pools [--level <level>] [--json]

Shows what a run may use, has used and has reserved; raises a limit of a run or of a pool; lists the pools that runs share.

  --meter <meter>    steps, wallClockMs, inputTokens, outputTokens, costMicros, bytesOut, bytesIn, retriesPerStep, storedBytes
  --by <n>           how much is added to the limit
  --reason <text>    why, for the record
  --level <level>    only pools of this level: session, agent, team
  --json             what the gateway answered, as JSON
  --key-file <path>  act with the operator key in this file instead of the local operator's`,
  options: {
    meter: { type: 'string' },
    by: { type: 'string' },
    reason: { type: 'string' },
    level: { type: 'string' },
    json: { type: 'boolean' },
    'key-file': { type: 'string' },
  },
  maxPositionals: 2,
  run: (input, io) => {
    const [action = '', id = ''] = input.positionals;
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) throw new UsageError(`"${action}" is nothing one can do with budgets: show, extend or pools`);
    if (!id && act !== pools) throw new UsageError(`${action} needs the id of a run`);
    return act(gatewayAs('local-operator', input.text('key-file')), id, input, io);
  },
};

type Action = (gateway: Gateway, id: string, input: Input, io: Io) => Promise<ExitCode>;
const ACTIONS: { readonly [action: string]: Action } = { show, extend, pools };

async function show(gateway: Gateway, runId: string, input: Input, io: Io): Promise<ExitCode> {
  const run = await gateway.get<RunView>(`/v1/runs/${encodeURIComponent(runId)}`);
  io.out(input.has('json') ? JSON.stringify(run.budget, null, 2) : budgetTable(run.budget));
  return EXIT.ok;
}

async function extend(gateway: Gateway, id: string, input: Input, io: Io): Promise<ExitCode> {
  const [meter, by, reason] = ['meter', 'by', 'reason'].map((option) => input.text(option));
  if (!meter || !by || !reason) throw new UsageError('extend needs --meter <meter>, --by <n> and --reason <text>');
  const kind = id.startsWith('pool_') ? 'pools' : 'runs';
  const body = { meter, delta: input.count('by', 1, 1), reason };
  const view = await gateway.post<RunView | PoolView>(`/v1/${kind}/${encodeURIComponent(id)}/budget`, body);
  if (input.has('json')) io.out(JSON.stringify(view, null, 2));
  else io.out('budget' in view ? budgetTable(view.budget) : poolTable([view]));
  return EXIT.ok;
}

async function pools(gateway: Gateway, _: string, input: Input, io: Io): Promise<ExitCode> {
  const answer = await gateway.get<{ pools: PoolView[] }>('/v1/pools', { level: input.text('level') });
  io.out(input.has('json') ? JSON.stringify(answer, null, 2) : poolTable(answer.pools));
  return EXIT.ok;
}

function budgetTable(status: BudgetStatus): string {
  const rows = Object.entries(status).flatMap(([meter, figures]) => {
    if (figures === undefined) return [];
    const reserved = 'reserved' in figures ? String(figures.reserved) : '-';
    return [[meter, String(figures.limit), String(figures.used), reserved]];
  });
  return table([['METER', 'LIMIT', 'USED', 'RESERVED'], ...rows]);
}

function poolTable(all: readonly PoolView[]): string {
  const rows = all.flatMap(({ poolId, level, owner, team, period, limits, extended, given }) =>
    Object.entries(limits).map(([meter, limit]) => {
      const key = meter as keyof typeof limits;
      return [
        poolId,
        level,
        team === undefined ? owner : `${owner} in ${team}`,
        period ?? '-',
        meter,
        String((limit ?? 0) + (extended[key] ?? 0)),
        String(given[key] ?? 0),
      ];
    }),
  );
  return table([['POOL', 'LEVEL', 'OWNER', 'PERIOD', 'METER', 'LIMIT', 'GIVEN'], ...rows]);
}
