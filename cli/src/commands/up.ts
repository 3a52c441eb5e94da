import {
  homePaths,
  instanceAccess,
  isProcessName,
  natsPasswordFile,
  PROCESS_NAMES,
  startInstance,
  stopService,
  type Instance,
} from '@causeway/provisioning';
import { UsageError, type Command, type Input, type Io } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const up: Command = {
  usage: `./causeway up [--only <service>]

Starts everything on this machine: NATS and Postgres (running ones named by CAUSEWAY_NATS_URL and CAUSEWAY_POSTGRES_URL, or installed ones,
or packaged ones), the build if something changed, each service and the witness as a process of its own. What runs already is left alone.
Data, logs and passwords are in .causeway/, or where CAUSEWAY_HOME says.

  --only <service>  start one of them, or start it again if it runs: ${PROCESS_NAMES.join(', ')}`,
  options: { only: { type: 'string' } },
  run: async (input, io) => {
    const only = onlyOf(input);
    if (only) await stopService(only);
    const log = (line: string): void => io.out(`  ${line}`);
    const instance = await startInstance({ log, ...(only && { only: [only] }) });
    describe(instance, io);
    return EXIT.ok;
  },
};

function onlyOf(input: Input): (typeof PROCESS_NAMES)[number] | undefined {
  const only = input.text('only');
  if (only === undefined || isProcessName(only)) return only;
  throw new UsageError(`there is no service "${only}"; it is one of ${PROCESS_NAMES.join(', ')}`);
}

function describe({ home, adminKey, started }: Instance, io: Io): void {
  const { gatewayUrl, natsUrl } = instanceAccess(home);
  io.out('');
  io.out(started.length > 0 ? 'Causeway is up.' : 'Causeway was up already.');
  io.out('');
  io.out(`  Gateway   ${gatewayUrl}`);
  io.out(`  OpenAPI   ${gatewayUrl}/openapi.json`);
  io.out(`  Bus       ${natsUrl}, user sre, password in ${natsPasswordFile(home, 'sre')}`);
  io.out(`            nats sub 'audit.>' shows everything that happens`);
  io.out(`  Logs      ${homePaths(home).logs}  (./causeway logs --follow)`);
  io.out(`  Stop      ./causeway down`);
  if (!adminKey) return;
  io.out('');
  io.out(`  Admin key ${adminKey}`);
  io.out('            Shown this once and stored nowhere: keep it.');
}
