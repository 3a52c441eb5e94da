import type { RebuiltProjection } from '@causeway/contracts';
import { UsageError, type Command } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { gatewayAs } from '../gateway-client.ts';
import { table } from '../text.ts';

export const projections: Command = {
  usage: `./causeway projections rebuild --key-file <path> [--json]

Builds every view anew from the ledger, while the system serves, and compares it with what it replaces. Needs the key of an admin.

  --key-file <path>  a file that holds the admin's key
  --json             what the gateway answered, as JSON

Ends with 1 when a view was not equal to what the ledger says.`,
  options: { json: { type: 'boolean' }, 'key-file': { type: 'string' } },
  maxPositionals: 1,
  run: async (input, io) => {
    if (input.positionals[0] !== 'rebuild') throw new UsageError('say "projections rebuild"');
    const keyFile = input.text('key-file');
    if (keyFile === undefined) throw new UsageError('--key-file is needed: rebuilding takes an admin');
    const answer = await gatewayAs('local-operator', keyFile).post<{ projections: RebuiltProjection[] }>(
      '/v1/admin/projections/rebuild',
      {},
    );
    if (input.has('json')) io.out(JSON.stringify(answer, null, 2));
    else {
      const rows = answer.projections.map((view) => [
        view.projection,
        String(view.events),
        String(view.position),
        view.equal ? 'equal' : 'DIFFERENT',
      ]);
      io.out(table([['VIEW', 'EVENTS', 'UP TO', 'COMPARED'], ...rows]));
    }
    return answer.projections.every(({ equal }) => equal) ? EXIT.ok : EXIT.failed;
  },
};
