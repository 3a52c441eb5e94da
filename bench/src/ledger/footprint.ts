import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connectPostgres } from '@causeway/postgres';
import { homePaths, instanceStatus, type Instance } from '@causeway/provisioning';
import { heldBytes } from './held-memory.ts';

/** What the log takes, in bytes. */
export type Footprint = {
  /** Memory that audit-ledger occupies now, and the most it ever did; 0 where the system does not tell. */
  readonly residentBytes: number;
  readonly mostResidentBytes: number;
  /** What of it audit-ledger still needs after a collection. Undefined where it was not started so that it tells. */
  readonly heldBytes?: number;
  /** Each table of the ledger with its indexes, the largest first. */
  readonly tables: readonly { readonly table: string; readonly bytes: number }[];
  /** What NATS keeps on disk. */
  readonly busBytes: number;
};

const KIB = 1_024;

/** @param memoryFile where audit-ledger tells what it holds, when it was started so */
export async function footprint(instance: Instance, memoryFile?: string): Promise<Footprint> {
  const service = (await instanceStatus(instance.home)).find(({ name }) => name === 'audit-ledger');
  const memory = memoryOf(service?.pid);
  const pid = memoryFile === undefined ? undefined : service?.pid;
  return {
    ...memory,
    ...(pid === undefined || memoryFile === undefined ? {} : { heldBytes: await heldBytes(pid, memoryFile) }),
    tables: await tableSizes(instance.adminUrl),
    busBytes: folderBytes(homePaths(instance.home).nats),
  };
}

function memoryOf(pid: number | undefined): Pick<Footprint, 'residentBytes' | 'mostResidentBytes'> {
  const status = pid === undefined ? '' : statusOf(pid);
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * KIB;
  return { residentBytes: bytes('VmRSS'), mostResidentBytes: bytes('VmHWM') };
}

/** Source: proc_pid_status(5). */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

async function tableSizes(adminUrl: string): Promise<Footprint['tables']> {
  const url = new URL(adminUrl);
  url.pathname = '/causeway';
  const password = decodeURIComponent(url.password);
  const pool = connectPostgres({ url: url.href, password, name: 'bench', maxConnections: 1 });
  try {
    const { rows } = await pool.query<{ table: string; bytes: string }>(
      `select relname as table, sum(pg_total_relation_size(c.oid)) as bytes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where relkind in ('r', 'p') and nspname = 'audit_ledger' group by relname order by bytes desc`,
    );
    return rows.map(({ table, bytes }) => ({ table, bytes: Number(bytes) }));
  } finally {
    await pool.end();
  }
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (sum, file) => sum + (statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
