import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';

/** A copy of the default policy in this home, under which a call outside may take so long, in ms; returns its folder. */
export function policyCopy(home: string, callMs: number): string {
  const folder = join(home, 'policy');
  cpSync(join(repositoryRoot, 'deploy', 'policy', 'default'), folder, { recursive: true });
  const pack = readFileSync(join(folder, 'pack.yaml'), 'utf8');
  writeFileSync(join(folder, 'pack.yaml'), pack.replace(/timeoutMs: \d+/, `timeoutMs: ${callMs}`));
  return folder;
}
