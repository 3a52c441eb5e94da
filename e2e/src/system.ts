import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operatorKeyFile, spreadPorts, startInstance, stopInstance, type Instance } from '@causeway/provisioning';
import { endConnections } from './http.ts';

/** A whole Causeway of its own: own data, own ports, nothing shared with any other. */
export type System = {
  readonly home: string;
  readonly gatewayUrl: string;
  readonly natsUrl: string;
  /** Superuser of Postgres, on the database of the instance. */
  readonly databaseUrl: string;
  readonly keys: { readonly operator: string; readonly approver: string; readonly admin: string };
  /** Ends every process and removes the data. */
  readonly stop: () => Promise<void>;
};

/** How long starting may take, in ms: the first time the services are built. */
export const START_TIMEOUT_MS = 180_000;
export const STOP_TIMEOUT_MS = 60_000;

/** A folder for an instance, beside which nothing else lives; others may start at the same time. */
export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'causeway-e2e-'));
  spreadPorts(home);
  return home;
}

/** Stops whatever runs in a home and removes it. */
export async function removeHome(home: string): Promise<void> {
  endConnections();
  await stopInstance({ home });
  rmSync(home, { recursive: true, force: true });
}

export async function startSystem(): Promise<System> {
  const home = newHome();
  try {
    return systemOf(await startInstance({ home }));
  } catch (error) {
    await removeHome(home);
    throw error;
  }
}

/** A system that was started already; the admin's key is known only from its first start. */
export function systemOf({ home, gatewayUrl, natsUrl, adminUrl, adminKey = '' }: Instance): System {
  const databaseUrl = new URL(adminUrl);
  databaseUrl.pathname = '/causeway';
  const keyOf = (id: 'local-operator' | 'local-approver'): string =>
    readFileSync(operatorKeyFile(home, id), 'utf8').trim();
  return {
    home,
    gatewayUrl,
    natsUrl,
    databaseUrl: databaseUrl.href,
    keys: { operator: keyOf('local-operator'), approver: keyOf('local-approver'), admin: adminKey },
    stop: () => removeHome(home),
  };
}
