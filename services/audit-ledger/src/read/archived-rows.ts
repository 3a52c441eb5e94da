import type { Rejection } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';
import { archiveAt } from '../archive/archives.queries.ts';
import { isWhole, type EventRow, type WholeRow } from './pages.ts';
import { Refused } from './refused.ts';

/** The rows before the first that is archived. Throws Refused RANGE_ARCHIVED when that is the first: a page never leaves an event out. */
export async function upToArchived(pool: Pool, rows: readonly EventRow[]): Promise<readonly WholeRow[]> {
  const first = rows.findIndex((row) => !isWhole(row));
  if (first === 0) throw new Refused(await archivedRejection(pool, Number(rows[0]!.archived_by)));
  return (first === -1 ? rows : rows.slice(0, first)) as readonly WholeRow[];
}

/** Why an event of the archive that is recorded at this position cannot be read. */
export async function archivedRejection(pool: Pool, position: number): Promise<Rejection> {
  const { from, to, digest } = (await archiveAt(pool, position)) ?? { from: 0, to: 0, digest: 'unknown' };
  return {
    code: 'RANGE_ARCHIVED',
    detail:
      `events of the positions ${from} to before ${to} were archived (recorded at position ${position}): what they say is in the bundle whose ` +
      `events.ndjson has the SHA-256 ${digest}; read it there, or put it back with ./causeway ledger restore-archive <bundle>`,
    facts: { archive: position, from, to, digest },
  };
}
