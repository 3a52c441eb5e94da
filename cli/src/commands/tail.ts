import type { Command } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const tail: Command = {
  usage: './causeway tail',
  run: async (_input, io) => {
    io.err('causeway: tail is not part of this version');
    return EXIT.unclear;
  },
};
