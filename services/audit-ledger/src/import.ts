import { parseArgs } from 'node:util';
import { BundleError, openBundle } from '@causeway/ledger';
import { readConfig } from './config.ts';
import { checkpointOf } from './import/bundle-checkpoint.ts';
import { bundleFolder } from './import/bundle-folder.ts';
import { importLog, type Imported } from './import/import-log.ts';
import { ImportRefused } from './import/import-refused.ts';
import { migrateAsOwner, runtimePool } from './log-database.ts';
import { fileSigner } from './sign/file-signer.ts';
import { SigningRefused } from './sign/signer.ts';

const USAGE = `import.js <folder of a bundle> --vkey <key>…

Fills the empty ledger of this configuration with an exported log, before the service is started there for the first time.`;

function wish(): { readonly folder: string; readonly vkeys: readonly string[] } {
  const { positionals, values } = parseArgs({
    options: { vkey: { type: 'string', multiple: true } },
    allowPositionals: true,
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1 || !values.vkey) throw new ImportRefused(USAGE);
  return { folder, vkeys: values.vkey };
}

async function run(): Promise<Imported> {
  const { folder, vkeys } = wish();
  const config = readConfig(process.env);
  const bundle = await openBundle(bundleFolder(folder));
  const checkpoint = checkpointOf(bundle, config.CAUSEWAY_LEDGER_ORIGIN, vkeys);
  await migrateAsOwner(config);
  const pool = runtimePool(config, 'import', { maxConnections: 1 });
  const origin = config.CAUSEWAY_LEDGER_ORIGIN;
  try {
    const signer = await fileSigner(config.CAUSEWAY_SIGNER_DIR, origin);
    const now = () => new Date().toISOString();
    return await importLog({ pool, origin, signer, bundle, checkpoint, now });
  } finally {
    await pool.end();
  }
}

const isPlain = (error: unknown): boolean =>
  error instanceof ImportRefused || error instanceof BundleError || error instanceof SigningRefused;

try {
  process.stdout.write(`${JSON.stringify(await run())}\n`);
} catch (error) {
  const shown =
    error instanceof Error ? (isPlain(error) ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`nothing was imported: ${shown}\n`);
  process.exitCode = 1;
}
