import type { Pool } from '@causeway/postgres';
import { sha256Hex } from './digest.ts';

/** Bodies by their content: the same bytes are kept once. */
export type Blobs = {
  /** Keeps the bytes and returns their SHA-256. They are durable when it resolves. */
  readonly keep: (bytes: Uint8Array) => Promise<string>;
  /** Throws when the bytes are missing or are no longer those that were kept. */
  readonly read: (sha256: string) => Promise<Uint8Array>;
  /** Deletes the bodies that only erased resources name. */
  readonly removeErased: () => Promise<void>;
};

/** A body is kept before the event that names it is sealed: for this long the view may not know yet who names it, in seconds. */
const SETTLED_AFTER_S = 60;

const REMOVE_ERASED = `
  delete from blob b
  where kept_at < now() - make_interval(secs => $1)
    and exists (select from resource_view r where r.sha256 = b.sha256 and r.erased)
    and not exists (select from resource_view r where r.sha256 = b.sha256 and not r.erased)`;

/** The bodies in the table `blob`. */
export function postgresBlobs(pool: Pool): Blobs {
  return {
    keep: async (bytes) => {
      const sha256 = sha256Hex(bytes);
      await pool.query(
        'insert into blob (sha256, size_bytes, bytes) values ($1, $2, $3) on conflict (sha256) do update set kept_at = now()',
        [sha256, bytes.length, bytes],
      );
      return sha256;
    },
    read: async (sha256) => {
      const { rows } = await pool.query<{ bytes: Buffer }>('select bytes from blob where sha256 = $1', [sha256]);
      const bytes = rows[0]?.bytes;
      if (bytes === undefined) throw new Error(`the body ${sha256} is in the ledger but not in the store`);
      if (sha256Hex(bytes) !== sha256) throw new Error(`the body ${sha256} was changed in the store`);
      return bytes;
    },
    removeErased: async () => {
      await pool.query(REMOVE_ERASED, [SETTLED_AFTER_S]);
    },
  };
}
