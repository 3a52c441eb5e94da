import { join } from 'node:path';
import { repositoryRoot, stopPostgres } from '@causeway/provisioning';
import type { Forwarder } from '../command.ts';
import { runProgram } from '../run-program.ts';

/** Where libs/testing keeps the Postgres that all specifications share; it outlives each of them, so that the next one finds it. */
const TEST_POSTGRES = join(repositoryRoot, '.causeway', 'test', 'postgres');

export const test: Forwarder = {
  usage: `./causeway test [arguments of the gate]

Runs every check that a change has to pass: formatting, types, lint, boundaries, and the tests. Nothing of it stays running.`,
  forward: async (args) => {
    try {
      return await runProgram('tools/src/verify.ts', args);
    } finally {
      await stopPostgres(TEST_POSTGRES);
    }
  },
};
