import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  instanceStatus,
  logPath,
  operatorKeyFile,
  SERVICE_NAMES,
  type Instance,
  type ServiceName,
} from '@causeway/provisioning';
import { startChild } from '../child.ts';
import { httpClient } from '../http-client.ts';
import { startPlace, type PlaceOptions } from '../runs/place.ts';
import type { Run, Starting } from '../runs/run-slots.ts';
import { writePack, type SitePorts } from './pack.ts';

/** An instance whose agents may go to a site of the bench, and by the forward proxy too. */
export type EgressPlace = {
  readonly instance: Instance;
  readonly site: SitePorts;
  readonly proxyPort: number;
  /** The process of egress-proxy. */
  readonly proxyPid: number;
  /** The process of resource-store. */
  readonly storePid: number;
  readonly starting: Starting;
  readonly stop: () => Promise<void>;
};

export async function startEgressPlace(options: PlaceOptions): Promise<EgressPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-bench-pack-'));
  const site = await startChild('./egress/site.ts', {});
  const stopSite = async () => {
    await site.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ports = site.ready as SitePorts;
    const pack = { CAUSEWAY_POLICY_DIR: writePack(folder, ports) };
    const overrides = Object.fromEntries(SERVICE_NAMES.map((name) => [name, pack]));
    const { instance, stop } = await startPlace({
      ...options,
      overrides: { ...overrides, 'egress-proxy': { ...pack, CAUSEWAY_PROXY_PORT: '0' } },
    });
    const { home, gatewayUrl } = instance;
    const client = httpClient(gatewayUrl);
    const operatorKey = readFileSync(operatorKeyFile(home, 'local-operator'), 'utf8').trim();
    return {
      ...{ instance, site: ports, starting: { client, operatorKey } },
      proxyPort: proxyPortOf(home),
      ...{ proxyPid: await pidOf(home, 'egress-proxy'), storePid: await pidOf(home, 'resource-store') },
      stop: async () => {
        await client.close();
        await stop();
        await stopSite();
      },
    };
  } catch (error) {
    await stopSite();
    throw error;
  }
}

/** The credential of a run, as the forward proxy takes it. */
export const credentialOf = ({ id, token }: Run): string => `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}`;

function proxyPortOf(home: string): number {
  const port = Number(/"proxyPort":(\d+)/.exec(readFileSync(logPath(home, 'egress-proxy'), 'utf8'))?.[1]);
  if (port > 0) return port;
  throw new Error('egress-proxy does not say where its forward proxy listens');
}

async function pidOf(home: string, service: ServiceName): Promise<number> {
  const status = await instanceStatus(home);
  return status.find(({ name }) => name === service)?.pid ?? 0;
}
