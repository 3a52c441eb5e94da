import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeWhole } from './home.ts';

/** 256 random bits in base64url: 43 characters, none of which needs quoting anywhere. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The folder of secrets, readable by its owner alone (0700). */
export function ensureSecretsDir(secretsDir: string): string {
  mkdirSync(secretsDir, { recursive: true, mode: 0o700 });
  chmodSync(secretsDir, 0o700);
  return secretsDir;
}

/** Reads the secret in a file (0600); the first time, makes one. */
export function secretIn(secretsDir: string, fileName: string, generate: () => string = randomSecret): string {
  const path = join(ensureSecretsDir(secretsDir), fileName);
  const kept = readIfThere(path)?.trim();
  if (kept) return kept;
  const made = generate();
  writeWhole(path, `${made}\n`, 0o600);
  return made;
}
