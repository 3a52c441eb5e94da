import { homePaths } from '../home.ts';
import { instanceRecord, updateInstance } from '../instance-record.ts';
import { silent, type Log } from '../log.ts';
import { provisionNats } from '../nats/provision-nats.ts';
import { choosePort, knownPorts, LOOPBACK, type Ports } from '../ports.ts';
import { ensureDatabase } from '../postgres/ensure-database.ts';
import { provisionPostgres } from '../postgres/provision-postgres.ts';
import { withLock } from '../process/lock.ts';
import { runningProcess } from '../process/pid-file.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { defaultHome } from '../repository.ts';
import { buildServices } from './build.ts';
import { ensureOperatorKeys } from './operator-keys.ts';
import { waitReady } from './ready.ts';
import { startService, type ServiceOverrides } from './service-process.ts';
import { startWitness } from '../witness/witness-process.ts';
import { SERVICES, type ProcessName } from './services.ts';

export type InstanceOptions = {
  readonly home?: string;
  readonly log?: Log;
  readonly overrides?: ServiceOverrides;
  /** What to start; default all services and the witness. */
  readonly only?: readonly ProcessName[];
};

export type Instance = {
  readonly home: string;
  readonly gatewayUrl: string;
  readonly natsUrl: string;
  /** Superuser of the Postgres server, with password; the instance's data is in the database `causeway`. */
  readonly adminUrl: string;
  readonly ports: Ports;
  /** What this call started; the rest ran already. */
  readonly started: readonly ProcessName[];
  /** Only from the first start of an instance: the admin's key, which is stored nowhere. */
  readonly adminKey?: string;
};

export const DATABASE = 'causeway';

/**
 * Brings an instance up: NATS, Postgres, the build, every service and the witness, until each one is ready. What runs already is left alone, so it can be
 * called again at any time. Data of earlier starts is kept.
 */
export function startInstance({
  home = defaultHome(),
  log = silent,
  overrides = {},
  only,
}: InstanceOptions = {}): Promise<Instance> {
  return withLock(home, 'instance', async () => {
    const adminUrl = await startInfrastructure(home, log);
    const adminKey = ensureOperatorKeys(home);
    // Services are told the demo's port, so it only changes while none of them runs.
    if (!anyServiceRuns(home) || knownPorts(home)['demo-content'] === undefined) await choosePort(home, 'demo-content');
    const started = await startServices(home, { log, overrides, ...(only && { only }) });
    if ((only?.includes('witness') ?? true) && (await startWitness(home, log))) started.push('witness');
    return { ...instanceAccess(home), adminUrl, started, ...(adminKey && { adminKey }) };
  });
}

/** Brings up what services need: NATS, Postgres with the database of the instance, and the build. Returns the URL of a superuser. */
export async function startInfrastructure(home: string, log: Log): Promise<string> {
  const work = [provisionNats({ home, log }), provisionPostgres({ home, log }), buildServices(log)] as const;
  // When one fails, the others are not left half started behind our back.
  await Promise.allSettled(work);
  const [nats, postgres, built] = await Promise.all(work);
  if (built && anyServiceRuns(home))
    log('what runs already stays on the old build until it is started again (down, up)');
  log(`NATS at ${nats.url} (${nats.origin})`);
  log(`Postgres at ${new URL(postgres.adminUrl).host} (${postgres.origin})`);
  const { roles } = await ensureDatabase({
    adminUrl: postgres.adminUrl,
    database: DATABASE,
    secretsDir: homePaths(home).secrets,
  });
  const postgresUrl = new URL(roles.audit_ledger.url);
  postgresUrl.username = '';
  const given = [...(nats.given ? ['nats' as const] : []), ...(postgres.given ? ['postgres' as const] : [])];
  await updateInstance(home, () => ({ natsUrl: nats.url, postgresUrl: postgresUrl.href, given }));
  return postgres.adminUrl;
}

/** Whether a service of the instance runs now. */
export const anyServiceRuns = (home: string): boolean => SERVICES.some(({ name }) => runningProcess(home, name));

async function startServices(
  home: string,
  {
    log,
    overrides,
    only,
  }: { readonly log: Log; readonly overrides: ServiceOverrides; readonly only?: readonly ProcessName[] },
): Promise<ProcessName[]> {
  const started: ProcessName[] = [];
  for (const stage of [1, 2]) {
    const names = SERVICES.filter((service) => service.stage === stage && (only?.includes(service.name) ?? true)).map(
      ({ name }) => name,
    );
    for (const name of names) if (await startService(name, { home, overrides })) started.push(name);
    await Promise.all(names.map((name) => waitReady(name, { home })));
    for (const name of names) log(`${name} is ready${started.includes(name) ? '' : ' (ran already)'}`);
  }
  return started;
}

/** Where to reach the instance in `home`, as it was last started; starts nothing. Throws when it never was. */
export function instanceAccess(
  home: string = defaultHome(),
): Pick<Instance, 'home' | 'gatewayUrl' | 'natsUrl' | 'ports'> {
  const { natsUrl, ports = {} } = instanceRecord(home);
  if (!natsUrl || !ports['gateway'])
    throw new ProvisioningError(`nothing has been started in ${home} yet; run ./causeway up`);
  return { home, gatewayUrl: `http://${LOOPBACK}:${ports['gateway']}`, natsUrl, ports };
}
