import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, readIfThere } from '../home.ts';
import { inheritedEnvironment, LEDGER_ORIGIN } from '../instance/environment.ts';
import { waitReady } from '../instance/ready.ts';
import type { Log } from '../log.ts';
import { choosePort, knownPorts, LOOPBACK } from '../ports.ts';
import { launch, setupDigest } from '../process/launch.ts';
import { withLock } from '../process/lock.ts';
import { runningProcess } from '../process/pid-file.ts';
import { terminate } from '../process/terminate.ts';
import { ProvisioningError, reasonOf } from '../provisioning-error.ts';
import { repositoryRoot } from '../repository.ts';
import { listWitness, publishedKeys, trustKeys, witnessPaths } from './trust.ts';

export const WITNESS = 'witness';
export const witnessMain: string = join(repositoryRoot, 'witness', 'dist', 'main.js');

const NAME = 'witness.causeway.local/dev';
const READY_TIMEOUT_MS = 20_000;

/**
 * Starts the witness as a process of its own, trusting the keys that the log signs with now, and tells the ledger of it. One that runs already keeps
 * running and learns of new keys. Nothing depends on a witness, so trouble with it is told and not thrown. Returns whether it was started now.
 */
export async function startWitness(home: string, log: Log): Promise<boolean> {
  try {
    return await withLock(home, `service-${WITNESS}`, () => start(home));
  } catch (error) {
    log(`the witness does not run, so checkpoints are not cosigned; everything else goes on. ${reasonOf(error)}`);
    return false;
  }
}

async function start(home: string): Promise<boolean> {
  trustPublishedKeys(home);
  const running = runningProcess(home, WITNESS);
  const wanted = running && setupDigest(environmentOf(home)) === running.setup;
  if (!wanted) await launchWitness(home);
  await waitReady(WITNESS, { home, timeoutMs: READY_TIMEOUT_MS });
  const vkey = readIfThere(witnessPaths(home).vkey)?.trim();
  if (!vkey) throw new ProvisioningError(`${witnessPaths(home).vkey} is missing`);
  listWitness(homePaths(home).witnesses, { url: witnessUrl(home), vkey });
  return !wanted;
}

/** Lets the witness trust the keys that the log of this instance signs with now. Throws when there is none. */
export function trustPublishedKeys(home: string): readonly string[] {
  const vkeys = publishedKeys(homePaths(home).signer);
  if (vkeys.length === 0)
    throw new ProvisioningError('The log has not published a key yet: start audit-ledger, then ./causeway up again.');
  trustKeys(witnessPaths(home).logs, LEDGER_ORIGIN, vkeys);
  return vkeys;
}

/** Lets the witness of this instance, if it has one, trust the keys that the log signs with now. Returns whether it has one. */
export function renewWitnessTrust(home: string): boolean {
  if (!existsSync(witnessPaths(home).logs)) return false;
  trustPublishedKeys(home);
  return true;
}

export const witnessUrl = (home: string): string => `http://${LOOPBACK}:${knownPorts(home)[WITNESS] ?? 0}`;

async function launchWitness(home: string): Promise<void> {
  await terminate(home, WITNESS, { signal: 'SIGTERM', graceMs: 5_000 });
  await choosePort(home, WITNESS);
  if (!existsSync(witnessMain)) throw new ProvisioningError(`${witnessMain} does not exist; ./causeway up builds it`);
  mkdirSync(witnessPaths(home).state, { recursive: true, mode: 0o700 });
  const environment = environmentOf(home);
  await launch(home, {
    name: WITNESS,
    command: process.execPath,
    args: ['--enable-source-maps', witnessMain],
    env: { ...inheritedEnvironment(process.env), ...environment },
    cwd: homePaths(home).witness,
    port: knownPorts(home)[WITNESS] ?? 0,
    setup: setupDigest(environment),
  });
}

/** A witness is told nothing of bus, database or secrets. */
function environmentOf(home: string): { readonly [name: string]: string } {
  const { state, logs } = witnessPaths(home);
  return {
    NODE_ENV: 'production',
    CAUSEWAY_WITNESS_NAME: NAME,
    CAUSEWAY_WITNESS_STATE_DIR: state,
    CAUSEWAY_WITNESS_LOGS_FILE: logs,
    CAUSEWAY_HTTP_HOST: LOOPBACK,
    CAUSEWAY_HTTP_PORT: String(knownPorts(home)[WITNESS] ?? ''),
  };
}
