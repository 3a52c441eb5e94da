import type { Forwarder } from '../command.ts';
import { runProgram } from '../run-program.ts';

export const demo: Forwarder = {
  usage: `./causeway demo [--pause] [--kill <service>] [--json]

Starts everything as \`./causeway up\` does, then lets a small agent do one governed piece of work while you watch: it reads an instruction
file, collects facts from pages and publishes a summary. In the middle one service is killed and started again.

  --pause           leave the approval to you; the demo says how
  --kill <service>  which service to kill, or none; default run-orchestrator
  --json            the report as JSON on standard output, everything else on standard error`,
  forward: (args) => runProgram('demo/src/main.ts', args),
};
