import { readFileSync } from 'node:fs';
import type { ScheduleDefinition, ScheduleView } from '@causeway/contracts';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { brief, shown, table } from '../text.ts';

const GOAL_LENGTH = 40;

export const schedules: Command = {
  usage: `./causeway schedules [list] [--state <state>] [--json]
./causeway schedules show <schedule> [--json]
./causeway schedules create --session <session> --goal <text> (--cron <pattern> [--zone <zone>] | --every <ms> | --at <instant> | --delay <ms>)
                            [--predicate <json>] [--overlap <rule>] [--misfire <rule>] [--on-failure <rule>] [--max <n>] [--until <instant>]
./causeway schedules create --session <session> --file <path>
./causeway schedules pause|resume|cancel <schedule> --reason <text>
./causeway schedules skip <schedule> [--occurrence <instant>] --reason <text>

A schedule starts runs of a session by itself. \`skip\` takes one occurrence out, the next when none is named; the series goes on.

  --cron <pattern>      minute, hour, day of month, month, day of week
  --zone <zone>         time zone of the pattern, such as Europe/Berlin; default UTC
  --every <ms>          every so many ms from now
  --at <instant>        once, such as 2026-12-01T08:00:00Z
  --delay <ms>          once, so many ms from now
  --predicate <json>    when a run counts as done; default {"kind":"manual"}
  --overlap <rule>      while a run before is open: skip (default), queue or allow
  --misfire <rule>      occurrences that were missed: skip, once (default) or all
  --on-failure <rule>   continue (default), pause or backoff
  --max <n>             how many runs it starts at most
  --until <instant>     no occurrence after this
  --file <path>         the whole definition as JSON, as POST /v1/schedules takes it, without sessionId
  --state <state>       only schedules in this state: active, paused, cancelled, ended
  --reason <text>       why, for the record
  --json                what the gateway answered, as JSON
  --key-file <path>     act with the operator key in this file instead of the local operator's`,
  options: {
    ...Object.fromEntries(
      [
        'session',
        'goal',
        'cron',
        'zone',
        'every',
        'at',
        'delay',
        'predicate',
        'overlap',
        'misfire',
        'on-failure',
        'max',
      ]
        .concat(['until', 'file', 'state', 'reason', 'occurrence', 'key-file'])
        .map((name) => [name, { type: 'string' as const }]),
    ),
    json: { type: 'boolean' },
  },
  maxPositionals: 2,
  run: (input, io) => {
    const [action = 'list', id] = input.positionals;
    const gateway = gatewayAs('local-operator', input.text('key-file'));
    if (action === 'list') return list(gateway, input, io);
    if (action === 'create') return create(gateway, input, io);
    if (!['show', 'skip', 'pause', 'resume', 'cancel'].includes(action)) {
      throw new UsageError(`"${action}" is nothing one can do with schedules`);
    }
    if (!id) throw new UsageError(`${action} needs the id of a schedule`);
    const path = `/v1/schedules/${encodeURIComponent(id)}`;
    return action === 'show'
      ? show(gateway, path, input, io)
      : act(gateway, `${path}/${PATHS[action] ?? action}`, input, io);
  },
};

const PATHS: { readonly [action: string]: string } = { skip: 'cancel-occurrence' };

async function list(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const answer = await gateway.get<{ schedules: ScheduleView[] }>('/v1/schedules', { state: input.text('state') });
  if (input.has('json')) io.out(JSON.stringify(answer, null, 2));
  else {
    const rows = answer.schedules.map((schedule) => [
      ...[schedule.scheduleId, schedule.state, dueOf(schedule.definition), schedule.upcoming[0] ?? '-'],
      ...[String(schedule.fired), schedule.agentId, brief(schedule.definition.template.goal, GOAL_LENGTH)],
    ]);
    io.out(table([['SCHEDULE', 'STATE', 'DUE', 'NEXT', 'RUNS', 'AGENT', 'GOAL'], ...rows]));
  }
  return EXIT.ok;
}

async function show(gateway: Gateway, path: string, input: Input, io: Io): Promise<ExitCode> {
  const schedule = await gateway.get<ScheduleView>(path);
  if (input.has('json')) {
    io.out(JSON.stringify(schedule, null, 2));
    return EXIT.ok;
  }
  describe(schedule, io);
  const rows = schedule.recent.map(({ occurrence, state, runId, why, code }) => [
    ...[occurrence, state, runId ?? '-', code ?? why ?? '-'],
  ]);
  io.out(table([['OCCURRENCE', 'STATE', 'RUN', 'WHY'], ...rows]));
  return EXIT.ok;
}

async function create(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const sessionId = input.text('session');
  if (!sessionId) throw new UsageError('create needs --session <session>');
  const file = input.text('file');
  const definition = file === undefined ? definitionFrom(input) : jsonIn('file', readFileSync(file, 'utf8'));
  const schedule = await gateway.post<ScheduleView>('/v1/schedules', { ...definition, sessionId });
  if (input.has('json')) io.out(JSON.stringify(schedule, null, 2));
  else describe(schedule, io);
  return EXIT.ok;
}

async function act(gateway: Gateway, path: string, input: Input, io: Io): Promise<ExitCode> {
  const reason = input.text('reason');
  if (!reason) throw new UsageError(`${input.positionals[0]} needs --reason <text>`);
  const occurrence = input.text('occurrence');
  const schedule = await gateway.post<ScheduleView>(path, { reason, ...(occurrence ? { occurrence } : {}) });
  if (input.has('json')) io.out(JSON.stringify(schedule, null, 2));
  else describe(schedule, io);
  return EXIT.ok;
}

/** The definition that the options make. Exported for tests. */
export function definitionFrom(input: Input): object {
  const goal = input.text('goal');
  if (!goal) throw new UsageError('create needs --goal <text>, or --file <path>');
  const until = input.text('until');
  const rules = { overlap: input.text('overlap'), misfire: input.text('misfire'), onFailure: input.text('on-failure') };
  return {
    spec: specFrom(input),
    template: { goal, predicate: jsonIn('--predicate', input.text('predicate') ?? '{"kind":"manual"}') },
    ...Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined)),
    ...(input.text('max') === undefined ? {} : { maxOccurrences: input.count('max', 1, 1) }),
    ...(until === undefined ? {} : { until }),
  };
}

function specFrom(input: Input): object {
  const given = ['cron', 'every', 'at', 'delay'].filter((kind) => input.text(kind) !== undefined);
  const [kind] = given;
  if (given.length !== 1) throw new UsageError('create needs one of --cron, --every, --at and --delay');
  if (kind === 'cron') return { kind, expression: input.text('cron'), timeZone: input.text('zone') ?? 'UTC' };
  if (kind === 'at') return { kind, at: input.text('at') };
  return kind === 'every'
    ? { kind, everyMs: input.count('every', 1_000, 0) }
    : { kind, delayMs: input.count('delay', 1, 0) };
}

function jsonIn(where: string, text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new UsageError(`${where} does not hold JSON`);
  }
}

function describe({ scheduleId, state, definition, upcoming, queued, reason, fired }: ScheduleView, io: Io): void {
  io.out(`${scheduleId}  ${state}${reason ? ` (${shown(reason)})` : ''}  ${dueOf(definition)}  runs: ${fired}`);
  io.out(shown(definition.template.goal));
  if (queued) io.out(`Waits for a run before it: ${queued}`);
  io.out(upcoming.length > 0 ? `Due next: ${upcoming.join(', ')}` : 'Not due any more.');
}

function dueOf({ spec }: Pick<ScheduleDefinition, 'spec'>): string {
  switch (spec.kind) {
    case 'cron':
      return shown(`${spec.expression} ${spec.timeZone}`);
    case 'every':
      return `every ${spec.everyMs} ms`;
    case 'at':
      return `once, ${spec.at}`;
  }
}
