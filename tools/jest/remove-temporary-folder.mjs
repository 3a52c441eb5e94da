import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

export default function removeTemporaryFolder() {
  const folder = globalThis.temporaryFolders.pop();
  process.env.TMPDIR = dirname(folder);
  rmSync(folder, { recursive: true, force: true });
}
