import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  SERVICE_NAMES,
  spreadPorts,
  startInstance,
  stopInstance,
  type Instance,
  type ServiceOverrides,
} from '@causeway/provisioning';

export type Place = { readonly instance: Instance; readonly stop: () => Promise<void> };
export type PlaceOptions = {
  readonly log: (line: string) => void;
  /** Where its services leave profiles of their processor time. */
  readonly profileFolder?: string;
  /** What its services are told besides. */
  readonly overrides?: ServiceOverrides;
};

/** Starts a whole instance on fresh data; stopping it removes them. */
export async function startPlace({ log, profileFolder, overrides = {} }: PlaceOptions): Promise<Place> {
  const home = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  spreadPorts(home);
  const stop = async () => {
    await stopInstance({ home });
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const told = profileFolder === undefined ? overrides : profiledServices(profileFolder, overrides);
    return { instance: await startInstance({ home, log, overrides: told, only: SERVICE_NAMES }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const profiledServices = (folder: string, overrides: ServiceOverrides): ServiceOverrides =>
  Object.fromEntries(
    SERVICE_NAMES.map((name) => [
      name,
      { ...overrides[name], NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}/${name}` },
    ]),
  );
