import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folders of an instance's home, created on demand. `secrets` is for its owner alone. */
export const homePaths = (home: string) => ({
  instance: join(home, 'instance.json'),
  secrets: join(home, 'secrets'),
  operatorKeys: join(home, 'secrets', 'operator-keys.json'),
  logs: join(home, 'logs'),
  pids: join(home, 'pids'),
  locks: join(home, 'locks'),
  stamps: join(home, 'stamps'),
  runtime: join(home, 'runtime'),
  ingest: join(home, 'ingest'),
  /** Values of the secrets that policy packs name; for their owner alone. */
  destinationSecrets: join(home, 'destination-secrets'),
  /** Keys of the log and what they signed last. */
  signer: join(home, 'signer'),
  witness: join(home, 'witness'),
  /** Whom the ledger asks for cosignatures. */
  witnesses: join(home, 'witnesses.json'),
  nats: join(home, 'nats'),
  postgres: join(home, 'postgres'),
});

/** Writes a file so that a reader sees the old content or the new, never half of it; `mode` is an octal file mode. */
export function writeWhole(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, content, { mode });
  renameSync(draft, path);
}

/** The content of a file, or undefined when there is none. Any other trouble is thrown. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
