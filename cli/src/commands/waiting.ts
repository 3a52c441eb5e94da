import type { StepView, WaitingItem } from '@causeway/contracts';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { shown } from '../text.ts';

export const waiting: Command = {
  usage: `./causeway waiting [--limit <n>] [--json]
./causeway waiting acknowledge <run> <step> --finding happened|did-not-happen --note <text>

Lists everything that waits for a person, the worst first and of equally bad things the oldest, each with what to do. \`acknowledge\` says
what became of a step whose outcome is unknown.

  --limit <n>        at most this many; default 50, up to 200
  --finding <what>   what you found where the step should have taken effect
  --note <text>      how you know, for the record
  --json             what the gateway answered, as JSON
  --key-file <path>  act with the operator key in this file instead of the local operator's`,
  options: {
    limit: { type: 'string' },
    finding: { type: 'string' },
    note: { type: 'string' },
    json: { type: 'boolean' },
    'key-file': { type: 'string' },
  },
  maxPositionals: 3,
  run: (input, io) => {
    const [action, ...ids] = input.positionals;
    const gateway = gatewayAs('local-operator', input.text('key-file'));
    if (action === undefined) return list(gateway, input, io);
    if (action !== 'acknowledge') throw new UsageError(`"${action}" is nothing one can do with what waits`);
    return acknowledge(gateway, ids, input, io);
  },
};

async function list(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const query = { limit: input.count('limit', 1, 50) };
  const answer = await gateway.get<{ waiting: WaitingItem[]; total: number }>('/v1/waiting', query);
  if (input.has('json')) {
    io.out(JSON.stringify(answer, null, 2));
    return EXIT.ok;
  }
  if (answer.total === 0) io.out('Nothing waits for a person.');
  for (const { kind, severity, since, dueAt, runId, stepId, summary, next } of answer.waiting) {
    const place = stepId === undefined ? runId : `${runId} ${stepId}`;
    io.out(`${severity.toUpperCase()}  ${kind}  ${place}  since ${since}${dueAt ? `, until ${dueAt}` : ''}`);
    io.out(`  ${shown(summary)}`);
    for (const step of next) io.out(`  - ${shown(step)}`);
  }
  const more = answer.total - answer.waiting.length;
  if (more > 0) io.out(`${more} more wait behind these.`);
  return EXIT.ok;
}

async function acknowledge(gateway: Gateway, ids: readonly string[], input: Input, io: Io): Promise<ExitCode> {
  const [runId, stepId] = ids;
  const [finding, note] = [input.text('finding'), input.text('note')];
  if (!runId || !stepId) throw new UsageError('acknowledge needs the id of a run and of its step');
  if (!finding || !note) throw new UsageError('acknowledge needs --finding happened|did-not-happen and --note <text>');
  const path = `/v1/runs/${encodeURIComponent(runId)}/steps/${encodeURIComponent(stepId)}/acknowledge`;
  const step = await gateway.post<StepView>(path, { finding, note });
  io.out(`Sealed: ${step.stepId} ${step.finding}. Its outcome stays ${step.state}.`);
  return EXIT.ok;
}
