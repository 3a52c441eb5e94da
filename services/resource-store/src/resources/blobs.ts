import type { Pool } from '@causeway/postgres';
import { sha256Hex } from './digest.ts';

/** Bodies by their content: the same bytes are kept once. */
export type Blobs = {
  /** Keeps the bytes and returns their SHA-256. They are durable when it resolves. */
  readonly keep: (bytes: Uint8Array) => Promise<string>;
  /** Throws when the bytes are missing or are no longer those that were kept. */
  readonly read: (sha256: string) => Promise<Uint8Array>;
};

/** The bodies in the table `blob`. */
export function postgresBlobs(pool: Pool): Blobs {
  return {
    keep: async (bytes) => {
      const sha256 = sha256Hex(bytes);
      await pool.query(
        'insert into blob (sha256, size_bytes, bytes) values ($1, $2, $3) on conflict (sha256) do nothing',
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
  };
}
