import { join } from 'node:path';
import { homePaths, readIfThere, writeWhole } from '../home.ts';

/** The folder of a witness and what is in it; `logs` says whom it trusts, `vkey` is its own public key. */
export const witnessPaths = (home: string) => {
  const folder = homePaths(home).witness;
  return { logs: join(folder, 'logs.json'), state: join(folder, 'state'), vkey: join(folder, 'state', 'witness.vkey') };
};

/** What the signer of a log publishes beside its private keys (`keys.json`). */
type PublishedKeys = {
  readonly keys: readonly { readonly vkey: string; readonly retiredAt?: string }[];
};

/** Keys that a log signs with now, as its signer publishes them; none when it has not made one yet. */
export function publishedKeys(signerFolder: string): readonly string[] {
  const text = readIfThere(join(signerFolder, 'keys.json'));
  if (text === undefined) return [];
  const { keys } = JSON.parse(text) as PublishedKeys;
  return keys.filter(({ retiredAt }) => retiredAt === undefined).map(({ vkey }) => vkey);
}

/**
 * Lets a witness trust exactly these keys of a log. On one machine this is scripted; elsewhere it is the decision of whoever runs the witness, made
 * with keys that came another way than from the log. Changes nothing when they are trusted already; a witness that runs takes the change at once.
 */
export function trustKeys(logsFile: string, origin: string, vkeys: readonly string[]): void {
  const content = `${JSON.stringify({ logs: [{ origin, vkeys }] }, null, 2)}\n`;
  if (readIfThere(logsFile) !== content) writeWhole(logsFile, content);
}

/** Tells the ledger whom to ask for cosignatures; it reads the file again when it changes. */
export function listWitness(witnessesFile: string, witness: { readonly url: string; readonly vkey: string }): void {
  const content = `${JSON.stringify([witness], null, 2)}\n`;
  if (readIfThere(witnessesFile) !== content) writeWhole(witnessesFile, content);
}
