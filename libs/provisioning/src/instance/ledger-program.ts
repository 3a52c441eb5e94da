import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ProvisioningError } from '../provisioning-error.ts';
import { repositoryRoot } from '../repository.ts';
import { inheritedEnvironment } from './environment.ts';
import { environmentOf } from './service-process.ts';

/**
 * Runs a program of audit-ledger on the ledger of an instance, told what the service is told. Resolves to the JSON that it prints; throws
 * ProvisioningError with what it says when it fails.
 */
export function runLedgerProgram<Answer>(home: string, program: string, args: readonly string[]): Promise<Answer> {
  const main = join(repositoryRoot, 'services', 'audit-ledger', 'dist', program);
  const env = { ...inheritedEnvironment(process.env), ...environmentOf(home, 'audit-ledger') };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--enable-source-maps', main, ...args], { env }, (error, stdout, stderr) => {
      if (error) reject(new ProvisioningError(stderr.trim() || error.message, { cause: error }));
      else resolve(JSON.parse(stdout) as Answer);
    });
  });
}

/** What audit-ledger's restore says when it succeeds: which archive it was, and how many events came back. */
export type RestoredArchive = { readonly archive: number; readonly restored: number };

/** Puts the events of an archive back from its bundle in `folder`. Services may run. Throws ProvisioningError; nothing is written then. */
export const restoreArchive = (home: string, folder: string): Promise<RestoredArchive> =>
  runLedgerProgram(home, 'restore.js', [folder]);
