import type { Finding, ReplyOf, verifyLog } from '@causeway/contracts';
import { createVerifier, toHex } from '@causeway/ledger';
import type { Pool } from '@causeway/postgres';
import { readHead, readRows } from '../read/log.queries.ts';
import { logRecordOf } from '../read/log-records.ts';

const PAGE = { limit: 500, maxBytes: 4 * 1024 * 1024 };
const MAX_FINDINGS = 100;

/** Checks the whole log up to the head of this moment, believing only leaves, data and salts. Reports the first 100 findings. */
export async function checkLog(pool: Pool, origin: string): Promise<ReplyOf<typeof verifyLog>> {
  const head = await readHead(pool, origin);
  const verifier = createVerifier(origin);
  const findings: Finding[] = [];
  let from = 0;
  while (from < head.nextPosition) {
    const rows = await readRows(pool, { ...PAGE, from });
    const due = rows.filter(({ position }) => Number(position) < head.nextPosition);
    for (const row of due) findings.push(...verifier.check(logRecordOf(row)));
    if (due.length === 0) break;
    from = Number(due.at(-1)!.position) + 1;
  }
  findings.push(...verifier.finish(head));
  const { checked, archives, chain } = verifier.state();
  const archived = archives.reduce((sum, { events }) => sum + events, 0);
  findings.sort((one, other) => one.position - other.position);
  return {
    ...{ good: findings.length === 0, checked, ...(archived > 0 && { archived }) },
    ...{ findings: findings.slice(0, MAX_FINDINGS), chain: toHex(chain) },
  };
}

/** Runs one check at a time: whoever asks meanwhile gets the answer of the one under way. */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
