import type { Forwarder } from '../command.ts';
import { runProgram } from '../run-program.ts';

export const bench: Forwarder = {
  usage: `./causeway bench [runs | ledger | egress] [arguments of the bench]

Measures on this machine, with an instance of its own beside the one that \`./causeway up\` starts.

  Without a name: all of them, one after the other.

  runs                      governed steps beside bare floors and other engines, runs that wait, starting again
    --part <part>           compare, paused or restart; can be given several times
  ledger                    the ledger beside floors and peers, on a growing log, and its verifier
    --part <part>           compare, growth or verify; can be given several times
  egress                    egress-proxy beside direct access, a bare proxy and Squid: requests, tunnels, memory, guards alone
    --part <part>           memory, tunnel, fetch or guards; can be given several times
  --quick                   only whether everything can be measured
  --rows <text>             of the comparison, rows whose «name, n in flight» contains this
  --profile <folder>        leave CPU profiles there
  --seconds <n>             length of a window; default 5
  --json                    everything that was measured, for machines`,
  forward: (args) => runProgram('bench/src/main.ts', args),
};
