import { toHex } from '../chain.ts';
import { consistencyProof, isConsistent, type HashReader } from '../merkle/proofs.ts';
import { TileError } from '../tiles/tile-error.ts';
import { tileHashReader } from '../tiles/tile-reader.ts';
import type { FindingList, VagueFinding } from './finding-list.ts';
import type { LogSource, Milestone } from './log-source.ts';

/** A tile that a proof needs is not there. */
class TileMissing extends Error {
  override readonly name = 'TileMissing';
}

export type Afar = {
  /** Milestones before the first record or after the last. */
  readonly milestones: readonly Milestone[];
  /** Root over all leaves up to the last record; undefined when it could not be worked out. */
  readonly root: Uint8Array | undefined;
  readonly findings: FindingList;
};

/**
 * Checks milestones that the records do not reach, by consistency proofs (RFC 6962 2.1.2) made from the tiles. Resolves to those of which nothing can
 * be told: they say no root, or tiles are missing.
 */
export async function judgeFromAfar(
  source: LogSource,
  { milestones, root, findings }: Afar,
): Promise<readonly Milestone[]> {
  const read = tileHashReader(source.size, async (tile) => {
    const bytes = await source.readTile(tile);
    if (!bytes) throw new TileMissing('a tile is missing');
    return bytes;
  });
  const untold: Milestone[] = [];
  for (const milestone of milestones) {
    const verdict = root && (await follows(milestone, { size: source.to, root }, read));
    if (verdict === undefined) untold.push(milestone);
    else if (!verdict) findings.add(differing(milestone, source, root!));
  }
  return untold;
}

/** Whether tree and milestone are one history; undefined when it cannot be told. */
async function follows(
  { size, root }: Milestone,
  tree: { readonly size: number; readonly root: Uint8Array },
  read: HashReader,
): Promise<boolean | undefined> {
  if (!root) return undefined;
  const said = { size, root };
  const [older, newer] = size < tree.size ? [said, tree] : [tree, said];
  try {
    const proof = await consistencyProof(older.size, newer.size, read);
    return isConsistent({ fromSize: older.size, fromRoot: older.root, toSize: newer.size, toRoot: newer.root, proof });
  } catch (error) {
    if (error instanceof TileMissing) return undefined;
    if (error instanceof TileError) return false;
    throw error;
  }
}

function differing({ size, saidBy, otherwise }: Milestone, { from, to }: LogSource, root: Uint8Array): VagueFinding {
  const detail = `no proof leads from the events up to position ${to - 1}, with the root ${toHex(root)}, to what ${saidBy} says of ${size}: events or tiles are others`;
  return { position: Math.min(from, size), upTo: to, code: otherwise, detail, where: saidBy };
}
