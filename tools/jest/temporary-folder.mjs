import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What specs keep in temporary folders, keys and passwords among it, lies in one folder of the whole run, and goes with it. */
export default function makeTemporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-tests-'));
  // Postgres and jailed processes run as users of their own and pass through it.
  chmodSync(folder, 0o711);
  (globalThis.temporaryFolders ??= []).push(folder);
  process.env.TMPDIR = folder;
}
