import type { ArchivedRecord, LogRecord, StoredRecord } from '../verify.ts';
import type { LogSource } from './log-source.ts';

/**
 * A log with what its archived events say put back from a bundle, in memory of a page. Nothing of the bundle is believed: the hashes of the log show
 * whether it holds what was sealed. An archived event in the bundle's range that the bundle lacks stays without its leaf, and says why.
 */
export function withArchive(log: LogSource, bundle: LogSource<StoredRecord>): LogSource {
  return { ...log, records: () => filled(log, bundle) };
}

async function* filled(log: LogSource, bundle: LogSource<StoredRecord>): AsyncGenerator<readonly LogRecord[]> {
  const next = inOrder(bundle);
  for await (const page of log.records()) {
    const whole: LogRecord[] = [];
    for (const record of page) {
      const isIn = record.leaf === undefined && record.position >= bundle.from && record.position < bundle.to;
      whole.push(isIn ? fill(record, await next(record.position)) : record);
    }
    yield whole;
  }
}

function fill(record: ArchivedRecord, found: StoredRecord | undefined): LogRecord {
  if (!found) return { ...record, lack: 'it is archived, and the bundle lacks it' };
  const { archivedBy: _, ...columns } = record;
  return { ...columns, leaf: found.leaf, data: found.data, salt: found.salt };
}

/** Finds records by positions that only grow. */
function inOrder(bundle: LogSource<StoredRecord>): (position: number) => Promise<StoredRecord | undefined> {
  const pages = bundle.records()[Symbol.asyncIterator]();
  let page: readonly StoredRecord[] = [];
  let at = 0;
  return async (position) => {
    for (;;) {
      const record = page[at];
      if (record && record.position >= position) return record.position === position ? record : undefined;
      if (record) at++;
      else {
        const more = await pages.next();
        if (more.done) return undefined;
        [page, at] = [more.value, 0];
      }
    }
  };
}
