import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, instanceStatus, type Instance } from '@causeway/provisioning';
import { tableSizes, type TableSize } from '../instance-tables.ts';
import { memoryOf, type Memory } from '../process-memory.ts';
import { heldBytes } from './held-memory.ts';

/** What the log takes, in bytes: `Memory` is that of audit-ledger. */
export type Footprint = Memory & {
  /** What of it audit-ledger still needs after a collection. Undefined where it was not started so that it tells. */
  readonly heldBytes?: number;
  /** Each table of the ledger with its indexes, the largest first. */
  readonly tables: readonly TableSize[];
  /** What NATS keeps on disk. */
  readonly busBytes: number;
};

/** @param memoryFile where audit-ledger tells what it holds, when it was started so */
export async function footprint(instance: Instance, memoryFile?: string): Promise<Footprint> {
  const pid = (await instanceStatus(instance.home)).find(({ name }) => name === 'audit-ledger')?.pid;
  return {
    ...memoryOf(pid),
    ...(pid === undefined || memoryFile === undefined ? {} : { heldBytes: await heldBytes(pid, memoryFile) }),
    tables: await tableSizes(instance.adminUrl, 'audit_ledger'),
    busBytes: folderBytes(homePaths(instance.home).nats),
  };
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (sum, file) => sum + (statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
