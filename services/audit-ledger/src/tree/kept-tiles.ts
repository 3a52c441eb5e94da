import { recent } from '@causeway/eventing';
import { HASH_BYTES, type TileId } from '@causeway/ledger';

/**
 * Reads tiles in one question, in the order asked for. May answer a partial tile with the full one that it has become; undefined, or too few
 * bytes, when there is no such tile.
 */
export type ReadTiles = (tiles: readonly TileId[]) => Promise<readonly (Uint8Array | undefined)[]>;

export type KeptTiles = {
  /** The hashes of a tile, full or partial; undefined when not all of them are there. */
  readonly tile: (tile: TileId) => Promise<Uint8Array | undefined>;
  readonly forget: () => void;
};

const KEPT_LEAF_TILES = 128;
/** Every proof goes through them, and a log of 16 million events has no more. */
const KEPT_UPPER_TILES = 256;

/**
 * Tiles as `readTiles` knows them. A hash in a tile never changes, so those read last are kept, at most 6 MiB, and serve the narrower ones that they
 * once were; a wider one is read anew. What is asked for before the code that asks has to wait is read in one question.
 */
export function keptTiles(readTiles: ReadTiles): KeptTiles {
  const leafTiles = recent<string, Uint8Array>(KEPT_LEAF_TILES);
  const upperTiles = recent<string, Uint8Array>(KEPT_UPPER_TILES);
  const ask = gathered(readTiles);

  /** What is kept MUST be a copy: what was read may be a view into all that came with it. */
  async function read(id: TileId, kept: typeof leafTiles): Promise<Uint8Array | undefined> {
    const found = await ask(id);
    if (!found || found.length % HASH_BYTES !== 0) return found;
    const own = Uint8Array.from(found);
    if (own.length > (kept.get(keyOf(id))?.length ?? 0)) kept.set(keyOf(id), own);
    return own;
  }

  return {
    tile: async (id) => {
      const kept = id.level === 0 ? leafTiles : upperTiles;
      const known = kept.get(keyOf(id));
      const hashes = isWide(known, id) ? known : await read(id, kept);
      return isWide(hashes, id) ? hashes.subarray(0, id.width * HASH_BYTES) : undefined;
    },
    forget: () => {
      leafTiles.clear();
      upperTiles.clear();
    },
  };
}

const isWide = (hashes: Uint8Array | undefined, { width }: TileId): hashes is Uint8Array =>
  hashes !== undefined && hashes.length >= width * HASH_BYTES;
const keyOf = ({ level, index }: TileId): string => `${level}/${index}`;

function gathered<Asked, Answer>(
  askAll: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
): (one: Asked) => Promise<Answer | undefined> {
  let waiting: Asked[] = [];
  let answers: Promise<readonly Answer[]> | undefined;

  return async (one) => {
    const place = waiting.push(one) - 1;
    answers ??= Promise.resolve().then(() => {
      const all = waiting;
      waiting = [];
      answers = undefined;
      return askAll(all);
    });
    return (await answers)[place];
  };
}
