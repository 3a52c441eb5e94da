import { createHash } from 'node:crypto';
import { inTransaction, type Pool } from '@causeway/postgres';
import type { SpentBuffers } from '@causeway/service-kit';
import { charactersIn } from './domain/characters.ts';

/** A body that is whole. Its pieces are those of this upload. */
export type KeptBody = { readonly uploadId: string; readonly sizeBytes: number; readonly isText: boolean };
/** A piece, and how many bytes and characters of the body come before it. */
export type Piece = { readonly bytes: Buffer; readonly fromByte: number; readonly fromCharacter: number };
export type Range = { readonly by: 'byte' | 'character'; readonly offset: number; readonly limit: number };

export type BodyStore = {
  /** Keeps a piece. `other` when the upload has another piece under this number. It is durable when this resolves. */
  readonly put: (piece: PutPiece) => Promise<'kept' | 'other'>;
  /** Makes a body of an upload whose pieces are all there and have this digest together; says what is wrong otherwise. */
  readonly seal: (upload: SealedUpload) => Promise<{ readonly wrong?: string }>;
  readonly find: (sha256: string) => Promise<KeptBody | undefined>;
  /** The pieces of a whole body, in their order, that hold any of the range; of characters one more, in which the last one may end. */
  readonly pieces: (uploadId: string, range: Range) => Promise<readonly Piece[]>;
  /** Deletes bodies that only erased resources name, and uploads that nobody made a body of within a day. */
  readonly removeUnwanted: () => Promise<void>;
};
export type PutPiece = {
  readonly uploadId: string;
  readonly number: number;
  readonly sha256: string;
  readonly bytes: Uint8Array;
};
export type SealedUpload = {
  readonly uploadId: string;
  readonly chunks: number;
  readonly sizeBytes: number;
  readonly sha256: string;
};

const PUT_CHUNK = `
  insert into chunk (sha256, size_bytes, bytes) values ($1, $2, $3) on conflict (sha256) do update set kept_at = now()`;
const PUT_PART = `
  insert into part (upload_id, number, chunk_sha256, size_bytes, characters) values ($1, $2, $3, $4, $5)
  on conflict (upload_id, number) do update set kept_at = now()
  returning chunk_sha256`;
/** Pieces that hold any of a range; `more`: so many after them. */
const piecesOf = (begins: 'from_byte' | 'from_character', holds: 'size_bytes' | 'characters', more: 0 | 1) => `
  with ends as (
    select
      (select number from part where upload_id = $1 and ${begins} <= $2 and ${begins} + ${holds} > $2 order by ${begins} desc limit 1) as first,
      (select number from part where upload_id = $1 and ${begins} < $2::bigint + $3::bigint and ${holds} > 0 order by ${begins} desc limit 1) as last
  )
  select c.bytes, p.chunk_sha256, p.from_byte, p.from_character
  from ends e join part p on p.upload_id = $1 and p.number between e.first and e.last + ${more} join chunk c on c.sha256 = p.chunk_sha256
  where p.from_byte is not null
  order by p.number`;
const PIECES = { byte: piecesOf('from_byte', 'size_bytes', 0), character: piecesOf('from_character', 'characters', 1) };
const PLACE = `
  update part p set from_byte = placed.from_byte, from_character = placed.from_character
  from (
    select number, sum(size_bytes) over sofar - size_bytes as from_byte, sum(characters) over sofar - characters as from_character
    from part where upload_id = $1 and number < $2 window sofar as (order by number)
  ) placed
  where p.upload_id = $1 and p.number = placed.number`;
const NEXT_PIECE = `
  select c.bytes from part p join chunk c on c.sha256 = p.chunk_sha256 where p.upload_id = $1 and p.number = $2`;

/** A body is kept before the event that names it is sealed: for this long the view may not know yet who names it, in seconds. */
const SETTLED_AFTER_S = 60;
const ABANDONED_AFTER_S = 86_400;
const REMOVE = [
  `with gone as (
     delete from body b
     where kept_at < now() - make_interval(secs => ${SETTLED_AFTER_S})
       and exists (select from resource_view r where r.sha256 = b.sha256 and r.erased)
       and not exists (select from resource_view r where r.sha256 = b.sha256 and not r.erased)
     returning upload_id
   ) delete from part p using gone where p.upload_id = gone.upload_id`,
  `delete from part p
   where not exists (select from body b where b.upload_id = p.upload_id)
     and kept_at < now() - make_interval(secs => ${ABANDONED_AFTER_S})`,
  `delete from chunk c
   where kept_at < now() - make_interval(secs => ${SETTLED_AFTER_S})
     and not exists (select from part p where p.chunk_sha256 = c.sha256)`,
];

/** A piece in the database's packets, as text in hexadecimal, and as itself. */
const COPIES = 5;

/** Large bodies in the tables `chunk`, `part` and `body`. No more than a few pieces are in memory at once. */
export function postgresBodies(pool: Pool, spent: SpentBuffers): BodyStore {
  /** Reads the upload piece by piece; undefined when one is missing. */
  async function readThrough({ uploadId, chunks }: SealedUpload) {
    const hash = createHash('sha256');
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let sizeBytes = 0;
    let isText = true;
    for (let number = 0; number < chunks; number++) {
      const { rows } = await pool.query<{ bytes: Buffer }>(NEXT_PIECE, [uploadId, number]);
      const bytes = rows[0]?.bytes;
      if (bytes === undefined) return undefined;
      hash.update(bytes);
      spent.add(COPIES * bytes.length);
      sizeBytes += bytes.length;
      isText &&= decodes(decoder, bytes, number === chunks - 1);
    }
    return { sha256: hash.digest('hex'), sizeBytes, isText };
  }

  return {
    put: async ({ uploadId, number, sha256, bytes }) => {
      const values = [uploadId, number, sha256, bytes.length, charactersIn(bytes)];
      const rows = await inTransaction(pool, async (client) => {
        await client.query(PUT_CHUNK, [sha256, bytes.length, bytes]);
        return (await client.query<{ chunk_sha256: string }>(PUT_PART, values)).rows;
      });
      return rows[0]?.chunk_sha256 === sha256 ? 'kept' : 'other';
    },
    seal: async (upload) => {
      const found = await readThrough(upload);
      if (!found) return { wrong: 'a piece of it is missing' };
      if (found.sha256 !== upload.sha256 || found.sizeBytes !== upload.sizeBytes)
        return { wrong: 'its pieces together are not what they are said to be' };
      await inTransaction(pool, async (client) => {
        await client.query(PLACE, [upload.uploadId, upload.chunks]);
        await client.query(
          `insert into body (sha256, upload_id, size_bytes, is_text) values ($1, $2, $3, $4)
           on conflict (sha256) do update set kept_at = now()`,
          [upload.sha256, upload.uploadId, upload.sizeBytes, found.isText],
        );
      });
      return {};
    },
    find: async (sha256) => {
      const { rows } = await pool.query<{ upload_id: string; size_bytes: string; is_text: boolean }>(
        'select upload_id, size_bytes, is_text from body where sha256 = $1',
        [sha256],
      );
      const row = rows[0];
      return row && { uploadId: row.upload_id, sizeBytes: Number(row.size_bytes), isText: row.is_text };
    },
    pieces: async (uploadId, { by, offset, limit }) => {
      const { rows } = await pool.query<PieceRow>(PIECES[by], [uploadId, offset, limit]);
      return rows.map(pieceOf);
    },
    removeUnwanted: async () => {
      for (const statement of REMOVE) await pool.query(statement);
    },
  };
}

type PieceRow = { bytes: Buffer; chunk_sha256: string; from_byte: string; from_character: string };

/** A piece that no longer has its digest is not shown. */
function pieceOf({ bytes, chunk_sha256, from_byte, from_character }: PieceRow): Piece {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== chunk_sha256) throw new Error(`the piece ${chunk_sha256} was changed in the store`);
  return { bytes, fromByte: Number(from_byte), fromCharacter: Number(from_character) };
}

function decodes(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, isLast: boolean): boolean {
  try {
    decoder.decode(bytes, { stream: !isLast });
    return true;
  } catch {
    return false;
  }
}
