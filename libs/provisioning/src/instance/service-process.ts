import { existsSync, mkdirSync } from 'node:fs';
import { homePaths } from '../home.ts';
import { instanceRecord } from '../instance-record.ts';
import { choosePort, knownPorts } from '../ports.ts';
import { launch, setupDigest } from '../process/launch.ts';
import { withLock } from '../process/lock.ts';
import { runningProcess } from '../process/pid-file.ts';
import { isGone, signalProcess, terminate } from '../process/terminate.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { defaultHome, repositoryRoot } from '../repository.ts';
import { serviceMain } from './build.ts';
import { inheritedEnvironment, nodeArguments, serviceEnvironment } from './environment.ts';
import { serviceNamed, type ProcessName, type ServiceName } from './services.ts';

/** Variables that replace or add to what a service is told, for tests and trials. */
export type ServiceOverrides = { readonly [name in ServiceName]?: { readonly [variable: string]: string } };
export type ServiceOptions = { readonly home?: string; readonly overrides?: ServiceOverrides };

const STOP = { signal: 'SIGTERM', graceMs: 10_000 } as const;
const GONE_TIMEOUT_MS = 10_000;

/**
 * Starts one service as a process of its own, on the infrastructure the instance was last started with. Returns false when it runs already
 * with the same settings; with others it is restarted. Does not wait until it is ready: see waitReady.
 */
export function startService(
  name: ServiceName,
  { home = defaultHome(), overrides = {} }: ServiceOptions = {},
): Promise<boolean> {
  return withLock(home, `service-${name}`, async () => {
    const running = runningProcess(home, name);
    if (running && running.setup === setupDigest(environmentOf(home, name, overrides))) return false;
    await terminate(home, name, STOP);
    await choosePort(home, name);
    if (name === 'egress-proxy') await choosePort(home, 'forward-proxy');
    if (!existsSync(serviceMain(name))) {
      throw new ProvisioningError(`${serviceMain(name)} does not exist; build the services first (./causeway up does)`);
    }
    mkdirSync(homePaths(home).ingest, { recursive: true });
    mkdirSync(homePaths(home).destinationSecrets, { recursive: true, mode: 0o700 });
    const environment = environmentOf(home, name, overrides);
    await launch(home, {
      name,
      command: process.execPath,
      args: [...nodeArguments(name), serviceMain(name)],
      env: { ...inheritedEnvironment(process.env), ...environment },
      cwd: repositoryRoot,
      port: knownPorts(home)[name] ?? 0,
      setup: setupDigest(environment),
    });
    return true;
  });
}

/** Ends one service, or the witness, and waits until it is gone. False when it had to be killed after 10 s. */
export function stopService(name: ProcessName, { home = defaultHome() }: ServiceOptions = {}): Promise<boolean> {
  return terminate(home, name, STOP);
}

/**
 * Sends a signal to a service or the witness, as a crash would: SIGKILL unless told otherwise. Waits until the process is gone when the signal is one that
 * ends it. Throws when the service does not run.
 */
export async function killService(
  name: ProcessName,
  signal: NodeJS.Signals = 'SIGKILL',
  { home = defaultHome() }: ServiceOptions = {},
): Promise<void> {
  if (!signalProcess(home, name, signal)) throw new ProvisioningError(`${name} does not run in ${home}`);
  if (!['SIGKILL', 'SIGTERM', 'SIGINT'].includes(signal)) return;
  if (!(await isGone(home, name, GONE_TIMEOUT_MS))) throw new ProvisioningError(`${name} still runs after ${signal}`);
}

/** What a service of the instance in `home` is told, on the infrastructure that was last started there. */
export function environmentOf(
  home: string,
  name: ServiceName,
  overrides: ServiceOverrides = {},
): { readonly [name: string]: string } {
  const { natsUrl, postgresUrl } = instanceRecord(home);
  if (!natsUrl || !postgresUrl)
    throw new ProvisioningError(`nothing has been started in ${home} yet; run ./causeway up`);
  const around = { repositoryRoot, home, natsUrl, postgresUrl, ports: knownPorts(home) };
  return { ...serviceEnvironment(serviceNamed(name), around), ...overrides[name] };
}
