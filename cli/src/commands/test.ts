import type { Forwarder } from '../command.ts';
import { runProgram } from '../run-program.ts';

export const test: Forwarder = {
  usage: `./causeway test [arguments of the gate]

Runs every check that a change has to pass: formatting, types, lint, boundaries, and the tests.`,
  forward: (args) => runProgram('tools/src/verify.ts', args),
};
