import type { Command } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const verify: Command = {
  usage: './causeway verify',
  run: async (_input, io) => {
    io.err('causeway: verify is not part of this version');
    return EXIT.unclear;
  },
};
