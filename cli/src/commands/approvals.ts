import { createInterface } from 'node:readline/promises';
import type { ApprovalView } from '@causeway/contracts';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { brief, shown, table } from '../text.ts';

const INPUT_LENGTH = 60;

export const approvals: Command = {
  usage: `./causeway approvals [list] [--state <state>] [--json]
./causeway approvals show <approval> [--json]
./causeway approvals grant <approval> [--reason <text>] [--yes]
./causeway approvals deny <approval> --reason <text>

Lists what waits for a person, oldest first. \`grant\` shows exactly what will be executed, asks, and then grants that and nothing else.

  --state <state>    default pending; or granted, denied, expired, consumed, withdrawn
  --reason <text>    why, for the record
  --yes              do not ask
  --json             what the gateway answered, as JSON
  --key-file <path>  act with the operator key in this file instead of the local approver's`,
  options: {
    state: { type: 'string' },
    reason: { type: 'string' },
    yes: { type: 'boolean' },
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
const ACTIONS: { readonly [action: string]: Action } = { show, grant, deny };

async function list(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const answer = await gateway.get<{ approvals: ApprovalView[] }>('/v1/approvals', {
    state: input.text('state') ?? 'pending',
  });
  if (input.has('json')) io.out(JSON.stringify(answer, null, 2));
  else {
    const rows = answer.approvals.map(({ approvalId, state, content }) => [
      approvalId,
      state,
      content.expiresAt,
      content.agentId,
      content.capability,
      brief(JSON.stringify(content.input), INPUT_LENGTH),
    ]);
    io.out(table([['APPROVAL', 'STATE', 'EXPIRES', 'AGENT', 'CAPABILITY', 'INPUT'], ...rows]));
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
  const approval = await gateway.get<ApprovalView>(path);
  describe(approval, io);
  if (!input.has('yes') && !(await agreed())) {
    io.err('Nothing was granted.');
    return EXIT.failed;
  }
  // The digest of what was shown: if anything else is waiting under this id by now, the gateway refuses.
  const body = { digest: approval.digest, reason: input.text('reason') ?? 'agreed on the command line' };
  const { state } = await gateway.post<ApprovalView>(`${path}/grant`, body);
  io.out(`Granted; the approval is ${state}.`);
  return EXIT.ok;
}

async function deny(gateway: Gateway, path: string, input: Input, io: Io): Promise<ExitCode> {
  const reason = input.text('reason');
  if (!reason) throw new UsageError('deny needs --reason <text>');
  const { state } = await gateway.post<ApprovalView>(`${path}/deny`, { reason });
  io.out(`Denied; the approval is ${state}.`);
  return EXIT.ok;
}

function describe({ approvalId, state, digest, reason, content }: ApprovalView, io: Io): void {
  io.out(`Approval ${approvalId} is ${state}. ${shown(reason)}`);
  io.out('Exactly this would be executed:');
  io.out(shown(JSON.stringify(content, null, 2)));
  io.out(`Digest ${digest}`);
}

/** Asks once; only y or yes agrees, and so the end of the input does not. */
async function agreed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([terminal.question('Grant it? [y/N] '), ended]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
