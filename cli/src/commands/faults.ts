import type { Forwarder } from '../command.ts';
import { runProgram } from '../run-program.ts';

export const faults: Forwarder = {
  usage: `./causeway faults [--rounds <number>] [--only <fault>]… [--stop-seconds <number>]
./causeway faults steps
./causeway faults model [--sequences <number>] [--seed <number>]
./causeway faults egress [--requests <number>]

Does harm to a ledger of its own, again and again, while other processes append to it: kills and stops the leader, loses the answer of a commit,
ends connections, restarts and crashes Postgres and NATS, fills the disk, makes two leaders. After each time it reads the log past the ledger,
and the AUDIT stream, and counts what was lost, repeated, left out or forked. Prints a table; ends with 1 if anything was.

With «steps»: kills every service at every point of a step, of one that reads and of one that writes, and looks for effects without intent or
made twice, intents without fate and runs without end. Prints a table; ends with 1 if any promise was broken. Takes about three minutes.

With «model»: plays made-up stories of runs on several replicas that crash between any two steps, and compares every event, answer, effect and
view with a simple model. Prints how many were played, and with the first broken promise the smallest story that breaks it; ends with 1 then.

With «egress»: makes requests through egress-proxy, 64 at a time, every twentieth to a page that drips, never ends, lies about its length, breaks
off or sends the reader inwards. Looks at every answer, every budget, and at what is left open. Ends with 1 if anything is not as it should be.

  --rounds <number>        how often each fault strikes; default 20, which takes about 20 minutes
  --only <fault>           this fault alone; may be given several times
  --stop-seconds <number>  how long a stopped leader stays stopped; default 10
  --sequences <number>     how many stories are played; default 50000, which takes some minutes
  --seed <number>          the first of the numbers that stories are made from; the same one gives the same stories
  --requests <number>      how many requests are made; default 10000, which takes some minutes`,
  forward: ([first, ...rest]) => {
    const program = first === undefined ? undefined : PROGRAMS[first];
    if (program !== undefined) return runProgram(program, rest);
    return runProgram('e2e/src/faults/main.ts', first === undefined ? [] : [first, ...rest]);
  },
};

/** By the word that follows «faults». */
const PROGRAMS: Readonly<Record<string, string>> = {
  steps: 'e2e/src/crash/main.ts',
  egress: 'e2e/src/soak/main.ts',
  model: 'services/run-orchestrator/test/model/main.ts',
};
