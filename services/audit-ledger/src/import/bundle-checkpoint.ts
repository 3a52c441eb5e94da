import {
  cosignedAt,
  formatNote,
  formatSignature,
  formatVerifierKey,
  NoteError,
  parseNote,
  parseVerifierKey,
  readStatement,
  type OpenBundle,
  type VerifierKey,
} from '@causeway/ledger';
import type { Cosignature } from '../sign/checkpoints.queries.ts';
import type { TreeHead } from '../sign/signer.ts';
import { ImportRefused } from './import-refused.ts';

/** A checkpoint as the log's keys signed it, and the lines that witnesses put under it. */
export type BundleCheckpoint = TreeHead & { readonly note: string; readonly cosignatures: readonly Cosignature[] };

/**
 * The checkpoint of a bundle that holds the whole log named `origin`, signed by one of these keys. Throws ImportRefused when the bundle is of another log,
 * holds a part of it, or its checkpoint does not verify.
 */
export function checkpointOf(bundle: OpenBundle, origin: string, vkeys: readonly string[]): BundleCheckpoint {
  const { manifest, note, keys } = bundle;
  if (manifest.origin !== origin)
    throw new ImportRefused(
      `the bundle is of the log ${manifest.origin}, this ledger is ${origin}: the name stands in every event, so set CAUSEWAY_LEDGER_ORIGIN to it`,
    );
  const witnesses = keys.witnesses.map(readableKey).filter(({ algorithm }) => algorithm === 'cosignature-v1');
  const { statement, findings } = readStatement(note, origin, { log: vkeys.map(readableKey), witnesses });
  if (!statement || findings.length > 0)
    throw new ImportRefused(`the checkpoint of the bundle: ${findings.map(({ detail }) => detail).join('; ')}`);
  const { size, root } = statement;
  if (manifest.from !== 0 || manifest.to !== size)
    throw new ImportRefused(
      `the bundle holds the positions ${manifest.from} to before ${manifest.to} of a log of ${size}: only a whole one can be gone on from; export it without --from and --to`,
    );
  return { size, root, ...parted(note, size, witnesses) };
}

function readableKey(vkey: string): VerifierKey {
  try {
    return parseVerifierKey(vkey);
  } catch (error) {
    if (error instanceof NoteError) throw new ImportRefused(`${vkey} is no verifier key: ${error.message}`);
    throw error;
  }
}

/** Lines of witnesses are kept apart from those of the log's keys, as when they came in. */
function parted(note: string, size: number, witnesses: readonly VerifierKey[]): Omit<BundleCheckpoint, keyof TreeHead> {
  const { text, signatures } = parseNote(note);
  const cosignatures: Cosignature[] = [];
  const others = signatures.filter((signature) => {
    const key = witnesses.find(({ name, keyId }) => name === signature.name && keyId === signature.keyId);
    const atS = key && cosignedAt(text, signature, key);
    if (!key || atS === undefined) return true;
    const cosignedAtIso = new Date(atS * 1_000).toISOString();
    cosignatures.push({
      ...{ size, witness: formatVerifierKey(key), line: formatSignature(signature), cosignedAt: cosignedAtIso },
    });
    return false;
  });
  return { note: formatNote({ text, signatures: others }), cosignatures };
}
