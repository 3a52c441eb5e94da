import type { LogRecord } from '@causeway/ledger';
import { isWhole, type EventRow } from './pages.ts';

/** A row as a verifier takes it. */
export function logRecordOf(row: EventRow): LogRecord {
  const columns = {
    ...{ position: Number(row.position), leafHash: row.leaf_hash, chain: row.chain },
    ...{ stream: row.stream, version: row.version, id: row.id, type: row.type, scope: row.scope },
  };
  if (!isWhole(row)) return { ...columns, archivedBy: Number(row.archived_by) };
  return {
    ...{ ...columns, leaf: row.leaf },
    ...(row.data ? { data: row.data } : {}),
    ...(row.salt ? { salt: row.salt } : {}),
  };
}
