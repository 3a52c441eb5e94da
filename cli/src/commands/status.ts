import { instanceStatus } from '@causeway/provisioning';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { table } from '../text.ts';

export const status: Command = {
  usage: `./causeway status [--json]

Shows each process: whether it runs, whether it is ready, its id and its port. Ends with 0 when every service is ready, else with 1.
\`ended\` means that it was started and is gone without having been stopped: look into its log.

  --json  the same as JSON`,
  options: { json: { type: 'boolean' } },
  run: async (input, io) => {
    const processes = await instanceStatus();
    if (input.has('json')) io.out(JSON.stringify(processes, null, 2));
    else {
      const rows = processes.map(({ name, state, ready, pid, port }) => [
        name,
        state,
        ready ? 'yes' : 'no',
        String(pid ?? '-'),
        String(port ?? '-'),
      ]);
      io.out(table([['SERVICE', 'STATE', 'READY', 'PID', 'PORT'], ...rows]));
    }
    return processes.every(({ ready }) => ready) ? EXIT.ok : EXIT.failed;
  },
};
