import { KILL_SCOPES, type KillTarget, type KillView } from '@causeway/contracts';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { gatewayAs, type Gateway } from '../gateway-client.ts';
import { brief, shown, table } from '../text.ts';

const REASON_LENGTH = 60;

export const kill: Command = {
  usage: `./causeway kill step <run>/<step> --reason <text>
./causeway kill run <run> --reason <text>
./causeway kill session <session> --reason <text>
./causeway kill agent <agent> --reason <text>
./causeway kill everything --reason <text>
./causeway kill list [--json]
./causeway kill lift <kill> --reason <text>

Stops a step, a run, a session, an agent or everything: sealed first, then stopped, calls on their way included. A kill of an agent or of
everything stands until an administrator lifts it: nothing new begins. What was stopped stays stopped.

  --reason <text>    why, for the record
  --json             what the gateway answered, as JSON
  --key-file <path>  act with the operator key in this file instead of the local operator's; \`lift\` needs one of the role admin`,
  options: { reason: { type: 'string' }, json: { type: 'boolean' }, 'key-file': { type: 'string' } },
  maxPositionals: 2,
  run: (input, io) => {
    const [what, id] = input.positionals;
    const keyFile = input.text('key-file');
    if (what === 'list') return list(gatewayAs('local-operator', keyFile), input, io);
    if (what === 'lift') return lift(gatewayAs('local-operator', keyFile), id, input, io);
    if (!(KILL_SCOPES as readonly (string | undefined)[]).includes(what)) {
      throw new UsageError(`name what to stop: ${KILL_SCOPES.join(', ')}; or list, or lift`);
    }
    if ((id === undefined) !== (what === 'everything'))
      throw new UsageError(`${what} ${id ? 'takes no' : 'needs an'} id`);
    return pull(gatewayAs('local-operator', keyFile), { scope: what, id }, input, io);
  },
};

async function pull(gateway: Gateway, what: object, input: Input, io: Io): Promise<ExitCode> {
  const view = await gateway.post<KillView>('/v1/kill', { ...what, reason: reasonOf(input) });
  if (input.has('json')) io.out(JSON.stringify(view, null, 2));
  else {
    io.out(`${view.killId}: ${view.runs ?? 0} runs cancelled, ${view.sessions ?? 0} sessions revoked.`);
    if (view.stands)
      io.out(`Nothing new begins until it is lifted: ./causeway kill lift ${view.killId} --reason <text>`);
  }
  return EXIT.ok;
}

async function lift(gateway: Gateway, killId: string | undefined, input: Input, io: Io): Promise<ExitCode> {
  if (!killId) throw new UsageError('lift needs the id of a kill');
  const path = `/v1/kills/${encodeURIComponent(killId)}/lift`;
  const view = await gateway.post<KillView>(path, { reason: reasonOf(input) });
  io.out(input.has('json') ? JSON.stringify(view, null, 2) : `${view.killId} is ${view.state}.`);
  return EXIT.ok;
}

async function list(gateway: Gateway, input: Input, io: Io): Promise<ExitCode> {
  const answer = await gateway.get<{ kills: KillView[] }>('/v1/kills');
  if (input.has('json')) io.out(JSON.stringify(answer, null, 2));
  else {
    const rows = answer.kills.map(({ killId, state, stands, target, pulledBy, pulledAt, reason }) => [
      ...[killId, stands ? `${state}, stands` : state, targetText(target), pulledAt, pulledBy],
      shown(brief(reason, REASON_LENGTH)),
    ]);
    io.out(table([['KILL', 'STATE', 'OF', 'AT', 'BY', 'REASON'], ...rows]));
  }
  return EXIT.ok;
}

function reasonOf(input: Input): string {
  const reason = input.text('reason');
  if (!reason) throw new UsageError('say why: --reason <text>');
  return reason;
}

const targetText = ({ scope, ...named }: KillTarget): string =>
  [scope, Object.values(named).join('/')].join(' ').trim();
