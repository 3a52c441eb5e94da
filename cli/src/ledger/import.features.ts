import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot, type ImportedLedger } from '@causeway/provisioning';
import { testInfrastructure } from '@causeway/testing';
import { inHome, ORIGIN, startVictim, type Ended, type Ground, type Victim } from '../verify/tampering.features.ts';
import { importBundle, type Load } from './import.ts';

/** What audit-ledger's own program did: nothing of the command line has looked at the bundle. */
export type ProgramEnded = { readonly imported?: ImportedLedger; readonly refusal: string };

const PROGRAM = join(repositoryRoot, 'services', 'audit-ledger', 'dist', 'import.js');

/** Runs audit-ledger's import for a ledger that is told this. */
export function runImport(env: Ground['env'], bundle: string, vkeys: readonly string[] = []): Promise<ProgramEnded> {
  const args = [PROGRAM, bundle, ...vkeys.flatMap((vkey) => ['--vkey', vkey])];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: { PATH: process.env['PATH'], ...env } }, (error, stdout, stderr) =>
      resolve(error ? { refusal: stderr } : { imported: JSON.parse(stdout) as ImportedLedger, refusal: '' }),
    );
  });
}

const loadInto =
  (env: Ground['env']): Load =>
  async ({ bundle, vkeys }) => {
    const { imported, refusal } = await runImport(env, bundle, vkeys);
    if (!imported) throw new Error(refusal);
    return imported;
  };

/** `ledger import` on a ledger of a test, whose service the tests start and not an instance. */
export const importInto = ({ env, home }: Ground, path: string, vkeys: readonly string[] = []): Promise<Ended> =>
  inHome(home, (io) => importBundle({ path, vkeys, home }, io, loadInto(env)));

/** A ledger elsewhere that goes on from a bundle; `signer` is a signer's folder that is brought along. */
export function startFrom(
  path: string,
  { signer, vkeys }: { readonly signer?: string; readonly vkeys?: readonly string[] } = {},
) {
  const told: string[] = [];
  const started = startVictim(async (ground) => {
    if (signer !== undefined) cpSync(signer, signerIn(ground), { recursive: true });
    const { code, out } = await importInto(ground, path, vkeys);
    told.push(out);
    if (code !== 0) throw new Error(out);
  });
  return started.then((victim: Victim) => ({ victim, told: told.join('\n') }));
}

/** A ledger that was never started. */
export type EmptyGround = Ground & {
  /** How many rows its tables hold. */
  readonly rows: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

const ROWS = `select (select count(*) from event) + (select count(*) from event_data) + (select count(*) from append_batch)
  + (select count(*) from tile) + (select count(*) from checkpoint) + (select sum(next_position) from ledger_head) as n`;

export async function emptyGround(): Promise<EmptyGround> {
  const infra = await testInfrastructure();
  const database = await infra.database();
  const owner = database.pool('audit_ledger_owner', 1);
  const home = mkdtempSync(join(tmpdir(), 'causeway-empty-'));
  const env = { ...infra.environment('audit-ledger', database), CAUSEWAY_LEDGER_ORIGIN: ORIGIN };
  return {
    ...{ env, home },
    rows: async () => {
      const { rows } = await owner.query<{ exists: boolean }>(`select to_regclass('event') is not null as exists`);
      return rows[0]?.exists ? Number((await owner.query<{ n: string | null }>(ROWS)).rows[0]?.n ?? 0) : 0;
    },
    stop: async () => {
      await infra.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export const signerIn = ({ env }: Ground): string => env['CAUSEWAY_SIGNER_DIR']!;
export const removeSigner = (ground: Ground): void => rmSync(signerIn(ground), { recursive: true, force: true });
