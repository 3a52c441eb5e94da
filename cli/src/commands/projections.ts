import type { Command } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const projections: Command = {
  usage: './causeway projections',
  run: async (_input, io) => {
    io.err('causeway: projections is not part of this version');
    return EXIT.unclear;
  },
};
