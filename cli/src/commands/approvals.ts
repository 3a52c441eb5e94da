import { createInterface } from 'node:readline/promises';
import type { ApprovalView } from '@causeway/contracts';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { brief, shown, table } from '../text.ts';

const INPUT_LENGTH = 60;

export const approvals: Command = {
  usage: `./causeway approvals [list] [--state <state>] [--order age|severity] [--json]
./causeway approvals show <approval> [--json]
./causeway approvals grant <approval> [--reason <text>] [--statement <text> | --yes]
./causeway approvals grant <approval> … --uses <n> --until <time> --match <field>…
./causeway approvals deny <approval> --reason <text>
./causeway approvals return <approval> --feedback <text> [--suggest <json>]

Lists what waits for a person, oldest first. \`grant\` shows exactly what will be executed and asks: where there is a statement, it has to be
given back word for word. Then it grants that and nothing else. \`return\` ends the step with what should be different.

  --state <state>     default pending; or granted, denied, returned, expired, consumed, withdrawn
  --order <order>     age, or severity for the worst first
  --reason <text>     why, for the record
  --statement <text>  the approval's statement, word for word, instead of being asked for it
  --yes               do not ask, and give back the statement that was shown
  --uses <n>          allow so many more steps like this one without asking, up to 1000
  --until <time>      until then, ISO 8601 in UTC, at most 30 days ahead
  --match <field>     a field of the input that has to be equal; may be given several times
  --feedback <text>   what the agent should change
  --suggest <json>    an input that would be granted
  --json              what the gateway answered, as JSON
  --key-file <path>   act with the operator key in this file instead of the local approver's`,
  options: {
    state: { type: 'string' },
    order: { type: 'string' },
    reason: { type: 'string' },
    statement: { type: 'string' },
    yes: { type: 'boolean' },
    uses: { type: 'string' },
    until: { type: 'string' },
    match: { type: 'string', multiple: true },
    feedback: { type: 'string' },
    suggest: { type: 'string' },
    json: { type: 'boolean' },
    'key-file': { type: 'string' },
  },
  maxPositionals: 2,
  run: (input, io) => {
    const [action = 'list', id] = input.positionals;
    const gateway = gatewayAs('local-approver', input.text('key-file'));
    if (action === 'list') return list(gateway, input, io);
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) throw new UsageError(`"${action}" is nothing one can do with approvals`);
    if (!id) throw new UsageError(`${action} needs the id of an approval`);
    return act(gateway, `/v1/approvals/${encodeURIComponent(id)}`, input, io);
  },
};

type Action = (gateway: Gateway, path: string, input: Input, io: Io) => Promise<ExitCode>;
const ACTIONS: { readonly [action: string]: Action } = { show, grant, deny, return: giveBack };

async function list(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const answer = await gateway.get<{ approvals: ApprovalView[] }>('/v1/approvals', {
    state: input.text('state') ?? 'pending',
    order: input.text('order'),
  });
  if (input.has('json')) io.out(JSON.stringify(answer, null, 2));
  else {
    const rows = answer.approvals.map(({ approvalId, state, content }) => [
      approvalId,
      state,
      content.risk ?? '-',
      content.expiresAt,
      content.agentId,
      content.capability,
      brief(JSON.stringify(content.input), INPUT_LENGTH),
    ]);
    io.out(table([['APPROVAL', 'STATE', 'RISK', 'EXPIRES', 'AGENT', 'CAPABILITY', 'INPUT'], ...rows]));
  }
  return EXIT.ok;
}

async function show(gateway: Gateway, path: string, input: Input, io: Io): Promise<ExitCode> {
  const approval = await gateway.get<ApprovalView>(path);
  if (input.has('json')) io.out(JSON.stringify(approval, null, 2));
  else describe(approval, io);
  return EXIT.ok;
}

async function grant(gateway: Gateway, path: string, input: Input, io: Io): Promise<ExitCode> {
  const standing = standingOf(input);
  const approval = await gateway.get<ApprovalView>(path);
  describe(approval, io);
  const said = await agreement(approval, input);
  if (!said) {
    io.err('Nothing was granted.');
    return EXIT.failed;
  }
  // Digest and statement of what was shown: if anything else is waiting under this id by now, the gateway refuses.
  const reason = input.text('reason') ?? 'agreed on the command line';
  const body = { digest: approval.digest, reason, ...said, ...standing };
  const { state, given, grantId } = await gateway.post<ApprovalView>(`${path}/grant`, body);
  io.out(`Granted; the approval is ${state}.`);
  if (state === 'pending') io.out(`${given.length} of ${approval.content.quorum ?? 1} people agreed.`);
  if (grantId) io.out(`Standing grant ${grantId}.`);
  return EXIT.ok;
}

/** What is sent as the person's word: nothing where a yes is enough, the statement where there is one; undefined when they do not agree. */
async function agreement({ content }: ApprovalView, input: Input): Promise<{ statement?: string } | undefined> {
  const given = input.text('statement');
  if (given !== undefined) return { statement: given };
  const { statement } = content;
  if (input.has('yes')) return statement === undefined ? {} : { statement };
  if (statement === undefined) return /^y(es)?$/i.test((await asked('Grant it? [y/N] ')).trim()) ? {} : undefined;
  const answer = await asked('Give back the statement, word for word, to grant it:\n');
  return answer === '' ? undefined : { statement: answer };
}

function standingOf(input: Input): object {
  const [uses, until, match] = [input.text('uses'), input.text('until'), input.texts('match')];
  if (uses === undefined && until === undefined && match.length === 0) return {};
  if (uses === undefined || until === undefined || match.length === 0) {
    throw new UsageError('a standing grant needs --uses <n>, --until <time> and at least one --match <field>');
  }
  return { standing: { uses: input.count('uses', 1, 1), until, match } };
}

async function giveBack(gateway: Gateway, path: string, input: Input, io: Io): Promise<ExitCode> {
  const feedback = input.text('feedback');
  if (!feedback) throw new UsageError('return needs --feedback <text>');
  const suggested = input.text('suggest');
  const body = { feedback, ...(suggested === undefined ? {} : { suggestedInput: parsed(suggested) }) };
  const { state } = await gateway.post<ApprovalView>(`${path}/return`, body);
  io.out(`Returned; the approval is ${state}.`);
  return EXIT.ok;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new UsageError('--suggest takes an input as JSON');
  }
}

async function deny(gateway: Gateway, path: string, input: Input, io: Io): Promise<ExitCode> {
  const reason = input.text('reason');
  if (!reason) throw new UsageError('deny needs --reason <text>');
  const { state } = await gateway.post<ApprovalView>(`${path}/deny`, { reason });
  io.out(`Denied; the approval is ${state}.`);
  return EXIT.ok;
}

function describe({ approvalId, state, digest, reason, requestedBy, given = [], content }: ApprovalView, io: Io): void {
  io.out(`Approval ${approvalId} is ${state}. ${shown(reason)}`);
  io.out(`Asked for by ${requestedBy}, risk ${content.risk ?? 'not known'}, until ${content.expiresAt}`);
  for (const { by, at } of given) io.out(`Granted by ${by} at ${at}`);
  io.out('Exactly this would be executed:');
  io.out(shown(JSON.stringify(content, null, 2)));
  io.out(`Digest ${digest}`);
  if (content.statement !== undefined) io.out(`Statement:\n${shown(content.statement)}`);
}

/** One line from the terminal; empty when the input ends. */
async function asked(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
}
