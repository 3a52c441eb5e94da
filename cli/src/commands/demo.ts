import { parseInput, type Forwarder } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { runProgram } from '../run-program.ts';
import { up } from './up.ts';

export const demo: Forwarder = {
  usage: `./causeway demo [arguments of the demo]

Starts everything as \`./causeway up\` does, then lets a small agent do one governed piece of work while you watch.`,
  forward: async (args, io) => {
    const started = await up.run(parseInput([], up), io);
    return started === EXIT.ok ? runProgram('demo/src/main.ts', args) : started;
  },
};
