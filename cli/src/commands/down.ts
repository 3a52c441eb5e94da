import { stopInstance } from '@causeway/provisioning';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const down: Command = {
  usage: `./causeway down

Stops the services and the witness (each has 10 s to finish what it has in hand), then NATS, then Postgres. Data stays; \`./causeway up\` goes on with it.`,
  run: async (_input, io) => {
    const stopped = await stopInstance({ log: io.err });
    io.out(stopped.length > 0 ? `Stopped ${stopped.join(', ')}.` : 'Nothing was running.');
    return EXIT.ok;
  },
};
