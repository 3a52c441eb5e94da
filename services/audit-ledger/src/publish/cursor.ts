import type { Pool } from '@causeway/postgres';
import type { PublicationCursor } from './publisher.ts';

/** The cursor in the table `publication`; it never goes back. */
export function publicationCursor(pool: Pool, origin: string): PublicationCursor {
  return {
    read: async () => {
      const { rows } = await pool.query<{ position: string }>(`select position from publication where log = $1`, [
        origin,
      ]);
      return Number(rows[0]?.position ?? 0);
    },
    write: async (position) => {
      await pool.query(`update publication set position = greatest(position, $2) where log = $1`, [origin, position]);
    },
  };
}
