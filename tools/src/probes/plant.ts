import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MARK } from './probe.ts';

/** Writes files, given by their path from `root`, and the folders that they need. */
export function plant(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Removes whatever was planted, by this run or by one that was killed. */
export function uproot(root: string): void {
  const places = [
    ...[`*/${MARK}*`, `*/src/{${MARK}*,http-${MARK}*}`, `{libs,services}/*/src/{${MARK}*,health-${MARK}*}`],
    `services/*/src/*/{${MARK}*,post-to-witness-${MARK}*}`,
  ];
  for (const path of globSync(places, { cwd: root })) rmSync(join(root, path), { recursive: true, force: true });
}
