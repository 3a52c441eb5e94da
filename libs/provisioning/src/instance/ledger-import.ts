import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { homePaths } from '../home.ts';
import type { Log } from '../log.ts';
import { choosePort } from '../ports.ts';
import { withLock } from '../process/lock.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { runLedgerProgram } from './ledger-program.ts';
import { anyServiceRuns, startInfrastructure } from './start.ts';

export type LedgerImport = {
  readonly home: string;
  readonly log: Log;
  /** Folder of a bundle that holds the whole log. */
  readonly bundle: string;
  /** Verifier keys of the log, one of which has to have signed the bundle. */
  readonly vkeys: readonly string[];
  /** A signer's folder to bring along; left out, the instance's own is used, or a key made in it. */
  readonly signer?: string | undefined;
};

/** What audit-ledger's import says when it succeeds. */
export type ImportedLedger = {
  readonly size: number;
  readonly root: string;
  readonly vkeys: readonly string[];
  readonly isNewKey: boolean;
};

/**
 * Fills the empty ledger of an instance with an exported log, before its first start. Starts NATS and Postgres, no service. Throws ProvisioningError when a
 * service runs, when the ledger is not empty, and when the bundle or the signer's folder is not as it has to be; nothing is left behind then.
 */
export function importLedger({ home, log, bundle, vkeys, signer }: LedgerImport): Promise<ImportedLedger> {
  return withLock(home, 'instance', async () => {
    if (anyServiceRuns(home))
      throw new ProvisioningError(
        `services of ${home} run, so its ledger has begun: a log is imported before the first start; give CAUSEWAY_HOME a new folder`,
      );
    const { signer: own } = homePaths(home);
    if (signer !== undefined) assertFree(own);
    await startInfrastructure(home, log);
    await choosePort(home, 'audit-ledger');
    if (signer !== undefined) cpSync(signer, own, { recursive: true });
    try {
      return await runImport(home, [bundle, ...vkeys.flatMap((vkey) => ['--vkey', vkey])]);
    } catch (error) {
      if (signer !== undefined) rmSync(own, { recursive: true });
      throw error;
    }
  });
}

function assertFree(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new ProvisioningError(
      `${folder} holds a signer already: leave --signer out to use it, or give CAUSEWAY_HOME a new folder`,
    );
}

const runImport = (home: string, args: readonly string[]): Promise<ImportedLedger> =>
  runLedgerProgram(home, 'import.js', args);
