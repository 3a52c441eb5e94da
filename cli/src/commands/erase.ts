import { UsageError, type Command, type Input } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { gatewayAs } from '../gateway-client.ts';

export const erase: Command = {
  usage: `./causeway erase <scope> --reason <text> --key-file <path> [--json]
./causeway erase --stream <stream> --reason <text> --key-file <path> [--json]
./causeway erase --position <n> --reason <text> --key-file <path> [--json]

Erases what people, agents and the outside wrote into recorded events: of a scope (the id of a run), of one stream, or of one event. What decided,
and that it was erased, stays; every proof of the log stays valid. Reaches what was recorded so far. Cannot be undone. Needs the key of an admin.

  --reason <text>    why, for the record: it stays in the log for good
  --key-file <path>  a file that holds the admin's key
  --json             what the gateway answered, as JSON`,
  options: {
    stream: { type: 'string' },
    position: { type: 'string' },
    reason: { type: 'string' },
    'key-file': { type: 'string' },
    json: { type: 'boolean' },
  },
  maxPositionals: 1,
  run: async (input, io) => {
    const body = { target: targetIn(input), reason: needed(input, 'reason', 'why it is erased stays in the log') };
    const keyFile = needed(input, 'key-file', 'erasing takes an admin');
    const gateway = gatewayAs('local-operator', keyFile);
    const answer = await gateway.post<{ position: number; erased: number }>('/v1/audit/erasures', body);
    const { position, erased } = answer;
    io.out(
      input.has('json')
        ? JSON.stringify(answer, null, 2)
        : `Erased the data of ${erased} event${erased === 1 ? '' : 's'}; recorded at position ${position}.`,
    );
    return EXIT.ok;
  },
};

/** What to erase, named in exactly one way; throws UsageError otherwise. */
export function targetIn(input: Input): { scope: string } | { stream: string } | { positions: number[] } {
  const [scope] = input.positionals;
  const stream = input.text('stream');
  const hasPosition = input.text('position') !== undefined;
  if ([scope !== undefined, stream !== undefined, hasPosition].filter(Boolean).length !== 1)
    throw new UsageError('name what to erase in one way: a scope, --stream or --position');
  if (scope !== undefined) return { scope };
  return stream !== undefined ? { stream } : { positions: [input.count('position', 0, 0)] };
}

function needed(input: Input, option: string, why: string): string {
  const text = input.text(option);
  if (!text) throw new UsageError(`--${option} is needed: ${why}`);
  return text;
}
