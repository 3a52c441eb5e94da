import type { GrantView } from '@causeway/contracts';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { brief, table } from '../text.ts';

const MATCHED_LENGTH = 60;

export const grants: Command = {
  usage: `./causeway grants [list] [--state <state>] [--agent <agent>] [--json]
./causeway grants revoke <grant> --reason <text>

Lists standing grants, newest first: what agents may do so many times more without asking. \`revoke\` ends one at once.

  --state <state>    only grants in this state: live, used-up, revoked, expired
  --agent <agent>    only grants of this agent
  --reason <text>    why, for the record
  --json             what the gateway answered, as JSON
  --key-file <path>  act with the operator key in this file instead of the local approver's`,
  options: {
    state: { type: 'string' },
    agent: { type: 'string' },
    reason: { type: 'string' },
    json: { type: 'boolean' },
    'key-file': { type: 'string' },
  },
  maxPositionals: 2,
  run: (input, io) => {
    const [action = 'list', id] = input.positionals;
    const gateway = gatewayAs('local-approver', input.text('key-file'));
    if (action === 'list') return list(gateway, input, io);
    if (action !== 'revoke') throw new UsageError(`"${action}" is nothing one can do with grants`);
    if (!id) throw new UsageError('revoke needs the id of a grant');
    return revoke(gateway, id, input, io);
  },
};

async function list(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const query = { state: input.text('state'), agentId: input.text('agent') };
  const answer = await gateway.get<{ grants: GrantView[] }>('/v1/grants', query);
  if (input.has('json')) io.out(JSON.stringify(answer, null, 2));
  else {
    const rows = answer.grants.map(({ grantId, state, used, terms, matched }) => [
      grantId,
      state,
      `${used}/${terms.uses}`,
      terms.until,
      terms.agentId,
      terms.capability,
      brief(JSON.stringify(matched), MATCHED_LENGTH),
    ]);
    io.out(table([['GRANT', 'STATE', 'USED', 'UNTIL', 'AGENT', 'CAPABILITY', 'EQUAL'], ...rows]));
  }
  return EXIT.ok;
}

async function revoke(gateway: Gateway, id: string, input: Input, io: Io): Promise<ExitCode> {
  const reason = input.text('reason');
  if (!reason) throw new UsageError('revoke needs --reason <text>');
  const { state } = await gateway.post<GrantView>(`/v1/grants/${encodeURIComponent(id)}/revoke`, { reason });
  io.out(`The grant is ${state}.`);
  return EXIT.ok;
}
