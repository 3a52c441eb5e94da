import type { Forwarder } from '../command.ts';
import { runProgram } from '../run-program.ts';

export const bench: Forwarder = {
  usage: `./causeway bench [arguments of the bench]

Measures on this machine, with an instance of its own beside the one that \`./causeway up\` starts.`,
  forward: (args) => runProgram('bench/src/main.ts', args),
};
