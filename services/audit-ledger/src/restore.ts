import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { BUNDLE_FILES, BundleError, openBundle } from '@causeway/ledger';
import { RestoreRefused } from './archive/restore-refused.ts';
import { restoreRows, type RestoredRows } from './archive/restore-rows.ts';
import { readConfig } from './config.ts';
import { bundleFolder } from './import/bundle-folder.ts';
import { runtimePool } from './log-database.ts';

const USAGE = `restore.js <folder of a bundle>

Puts the events of an archive back into the ledger of this configuration, once the log records that they are to come back.`;

async function run(): Promise<RestoredRows> {
  const [folder, more] = parseArgs({ allowPositionals: true }).positionals;
  if (folder === undefined || more !== undefined) throw new RestoreRefused(USAGE);
  const config = readConfig(process.env);
  const files = bundleFolder(folder);
  const bundle = await openBundle(files);
  const digest = createHash('sha256');
  for await (const piece of (await files.pieces(BUNDLE_FILES.events))!) digest.update(piece);
  const pool = runtimePool(config, 'restore', { maxConnections: 1 });
  try {
    return await restoreRows({ pool, origin: config.CAUSEWAY_LEDGER_ORIGIN, bundle, digest: digest.digest('hex') });
  } finally {
    await pool.end();
  }
}

try {
  process.stdout.write(`${JSON.stringify(await run())}\n`);
} catch (error) {
  const isPlain = error instanceof RestoreRefused || error instanceof BundleError;
  const shown = error instanceof Error ? (isPlain ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`nothing was restored: ${shown}\n`);
  process.exitCode = 1;
}
