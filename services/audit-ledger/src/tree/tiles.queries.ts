import { HASH_BYTES, TILE_WIDTH, type TileId } from '@causeway/ledger';
import type { Queryable } from '@causeway/postgres';
import type { FullTile } from './edge.ts';

/** A range of positions or of tile indexes, `to` left out. */
export type Range = { readonly from: number; readonly to: number };

/** The leaf hashes of these positions, joined, in order; fewer bytes when the log ends before. */
export async function readLeafHashes(db: Queryable, { from, to }: Range): Promise<Uint8Array> {
  const { rows } = await db.query<{ joined: Buffer | null }>({
    name: 'leaf-hashes',
    text: `select string_agg(leaf_hash, ''::bytea) as joined
      from (select leaf_hash from event where position >= $1 and position < $2 order by position) e`,
    values: [from, to],
  });
  return rows[0]?.joined ?? new Uint8Array();
}

/** The roots of these full tiles of a level, joined, in order; fewer bytes when some are not there. */
export async function readTileRoots(db: Queryable, level: number, { from, to }: Range): Promise<Uint8Array> {
  const { rows } = await db.query<{ joined: Buffer | null }>({
    name: 'tile-roots',
    text: `select string_agg(root, ''::bytea) as joined
      from (select root from tile where level = $1 and index >= $2 and index < $3 order by index) t`,
    values: [level, from, to],
  });
  return rows[0]?.joined ?? new Uint8Array();
}

/**
 * Tiles in one question, in the order asked for. Of a partial tile that has become full since, the whole; of another one its hashes, from the leaves
 * or from the roots one level below. Too few bytes when the database does not hold all of them; undefined for a full tile that is not there.
 */
export async function readTiles(db: Queryable, tiles: readonly TileId[]): Promise<readonly (Uint8Array | undefined)[]> {
  const { rows } = await db.query<{ hashes: Buffer | null }>({
    name: 'tiles',
    text: `select coalesce(
        (select t.hashes from tile t where t.level = a.level and t.index = a.index),
        case when a.width = ${TILE_WIDTH} then null when a.level = 0 then (
          select string_agg(e.leaf_hash, ''::bytea order by e.position) from event e
          where e.position >= a.index * ${TILE_WIDTH} and e.position < a.index * ${TILE_WIDTH} + a.width
        ) else (
          select string_agg(b.root, ''::bytea order by b.index) from tile b
          where b.level = a.level - 1 and b.index >= a.index * ${TILE_WIDTH} and b.index < a.index * ${TILE_WIDTH} + a.width
        ) end) as hashes
      from unnest($1::smallint[], $2::bigint[], $3::int[]) with ordinality as a (level, index, width, n) order by n`,
    values: [tiles.map(({ level }) => level), tiles.map(({ index }) => index), tiles.map(({ width }) => width)],
  });
  return rows.map(({ hashes }) => hashes ?? undefined);
}

/** How many full tiles of level 0 there are. They are written in order, so the last one tells. */
export async function countLeafTiles(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: string }>({
    name: 'leaf-tiles',
    text: `select coalesce(max(index) + 1, 0) as count from tile where level = 0`,
  });
  return Number(rows[0]?.count ?? 0);
}

const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** Writes full tiles, all or none. A tile that is there already has to be the same: an error says which is not. */
export async function writeTiles(db: Queryable, tiles: readonly FullTile[]): Promise<void> {
  if (tiles.length === 0) return;
  const { rows } = await db.query<{ level: number; index: string }>({
    name: 'write-tiles',
    text: `with given as (
        select t.level, t.index, substring($3::bytea from ((t.n - 1) * ${TILE_BYTES} + 1)::int for ${TILE_BYTES}) as hashes,
          substring($4::bytea from ((t.n - 1) * ${HASH_BYTES} + 1)::int for ${HASH_BYTES}) as root
        from unnest($1::smallint[], $2::bigint[]) with ordinality as t (level, index, n)
      ), written as (
        insert into tile (level, index, hashes, root) select level, index, hashes, root from given
        on conflict do nothing
      )
      select g.level, g.index from given g join tile t using (level, index) where t.hashes <> g.hashes or t.root <> g.root`,
    values: [
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      Buffer.concat(tiles.map(({ hashes }) => hashes)),
      Buffer.concat(tiles.map(({ root }) => root)),
    ],
  });
  const [other] = rows;
  if (other)
    throw new Error(
      `the tile ${other.index} of level ${other.level} in the database does not follow from the leaves: somebody changed one of them; run causeway verify`,
    );
}
