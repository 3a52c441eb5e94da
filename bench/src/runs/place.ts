import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  SERVICE_NAMES,
  startInstance,
  stopInstance,
  type Instance,
  type ServiceOverrides,
} from '@causeway/provisioning';

export type Place = { readonly instance: Instance; readonly stop: () => Promise<void> };
export type PlaceOptions = { readonly log: (line: string) => void; readonly profileFolder?: string };

/** Starts a whole instance on fresh data; stopping it removes them. `profileFolder`: where its services leave profiles of their processor time. */
export async function startPlace({ log, profileFolder }: PlaceOptions): Promise<Place> {
  const home = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
  const stop = async () => {
    await stopInstance({ home });
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const overrides = profileFolder === undefined ? {} : profiledServices(profileFolder);
    return { instance: await startInstance({ home, log, overrides, only: SERVICE_NAMES }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const profiledServices = (folder: string): ServiceOverrides =>
  Object.fromEntries(
    SERVICE_NAMES.map((name) => [name, { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}/${name}` }]),
  );
