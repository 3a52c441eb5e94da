import type { Forwarder } from '../command.ts';
import { runProgram } from '../run-program.ts';

export const faults: Forwarder = {
  usage: `./causeway faults [--rounds <number>] [--only <fault>]… [--stop-seconds <number>]

Does harm to a ledger of its own, again and again, while other processes append to it: kills and stops the leader, loses the answer of a commit,
ends connections, restarts and crashes Postgres and NATS, fills the disk, makes two leaders. After each time it reads the log past the ledger,
and the AUDIT stream, and counts what was lost, repeated, left out or forked. Prints a table; ends with 1 if anything was.

  --rounds <number>        how often each fault strikes; default 20, which takes about 20 minutes
  --only <fault>           this fault alone; may be given several times
  --stop-seconds <number>  how long a stopped leader stays stopped; default 10`,
  forward: (args) => runProgram('e2e/src/faults/main.ts', args),
};
