import { inclusionProof } from '../merkle/proofs.ts';
import { formatTlogProof } from '../proof/tlog-proof.ts';
import { TileError } from '../tiles/tile-error.ts';
import { tileHashReader } from '../tiles/tile-reader.ts';
import { decodeEntryBundle, TILE_WIDTH, tilePath } from '../tiles/tiles.ts';
import { widthIn } from '../verify/log-source.ts';
import { parseCheckpoint } from '../note/checkpoint.ts';
import { parseNote } from '../note/note.ts';
import { BundleError } from './bundle.ts';
import type { OpenBundle } from './read-bundle.ts';

/**
 * The proof that an event is in the tree of the bundle's checkpoint, as the files that other programs read: `vkey`, `checkpoint`, `leaf`,
 * `inclusion.tlog-proof` (C2SP tlog-proof), and, for those that look at consistency, too, `older-checkpoint`, the same checkpoint, and `consistency`,
 * which is empty between equal sizes. Nothing is checked here. Throws BundleError when the bundle does not hold the event or what it takes to prove it.
 */
export async function proveEvent(
  bundle: OpenBundle,
  position: number,
): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const { manifest, note, keys } = bundle;
  const [vkey] = keys.log;
  if (vkey === undefined) throw new BundleError('the bundle names no key of the log');
  if (position < manifest.from || position >= manifest.to)
    throw new BundleError(`the bundle holds the positions ${manifest.from} to before ${manifest.to}, not ${position}`);
  const { size } = parseCheckpoint(parseNote(note).text);
  const { readTile, readEntries } = bundle.source(size);
  const read = tileHashReader(size, async (tile) => {
    const bytes = await readTile(tile);
    if (!bytes) throw new BundleError(`there is no ${tilePath(tile)} in the bundle; get it whole`);
    return bytes;
  });
  const index = Math.floor(position / TILE_WIDTH);
  const entries = await readEntries?.({ index, width: widthIn(size, { level: 0, index }) });
  const leaf = entries && leavesIn(entries)[position % TILE_WIDTH];
  if (!leaf) throw new BundleError(`the entry bundle with position ${position} is not there or not whole`);
  const proof = await inclusionProof(position, size, read);
  return new Map<string, string | Uint8Array>([
    ['vkey', `${vkey}\n`],
    ['checkpoint', note],
    ['older-checkpoint', note],
    ['leaf', leaf],
    ['inclusion.tlog-proof', formatTlogProof({ index: position, proof, checkpoint: note })],
    ['consistency', ''],
  ]);
}

function leavesIn(entries: Uint8Array): readonly Uint8Array[] {
  try {
    return decodeEntryBundle(entries);
  } catch (error) {
    if (error instanceof TileError) return [];
    throw error;
  }
}
