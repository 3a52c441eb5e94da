import {
  genesis,
  judgeLog,
  LeafError,
  sameBytes,
  toHex,
  type LogSource,
  type Milestone,
  type OpenBundle,
  type StoredRecord,
} from '@causeway/ledger';
import { inTransaction, type ClientBase, type Pool } from '@causeway/postgres';
import { commitBatch } from '../append/commit-batch.ts';
import type { HeadOfLog } from '../append/seal.ts';
import { keepCheckpoint, keepCosignature } from '../sign/checkpoints.queries.ts';
import { isInUse } from '../sign/key-history.ts';
import type { Signer, TreeHead } from '../sign/signer.ts';
import { storedTree } from '../tree/stored-tree.ts';
import { tileWriter } from '../tree/tile-writer.ts';
import type { BundleCheckpoint } from './bundle-checkpoint.ts';
import { ImportRefused } from './import-refused.ts';
import { recordBatches } from './record-batches.ts';

export type ImportOptions = {
  /** As the role that the service runs as: an import writes nothing that the writer could not. */
  readonly pool: Pool;
  readonly origin: string;
  readonly signer: Signer;
  readonly bundle: OpenBundle;
  /** That of the bundle, verified. */
  readonly checkpoint: BundleCheckpoint;
  /** The time now, ISO 8601. */
  readonly now: () => string;
};

export type Imported = {
  /** Number of events, which is the position of the next one. */
  readonly size: number;
  readonly root: string;
  /** The keys that sign from here on. */
  readonly vkeys: readonly string[];
  /** Whether they are new, because none were brought. */
  readonly isNewKey: boolean;
};

const SAYS_MORE = './causeway verify --offline says more';

/**
 * Fills the empty ledger of this name with a bundle that holds the whole log. All of it is checked while it is written: leaves, chain, versions, ids, data,
 * tree, and at the end the root of what the database then holds. All in one transaction: it is there whole, or not at all. The signer is told
 * last before that; should the commit fail, importing the same bundle again goes on from there. Throws ImportRefused or SigningRefused.
 */
export async function importLog(options: ImportOptions): Promise<Imported> {
  const { pool, origin, signer, bundle, checkpoint, now } = options;
  return inTransaction(pool, async (client) => {
    const epoch = await claimEmpty(client, origin);
    await load(client, { source: bundle.source(checkpoint.size), checkpoint, epoch });
    const { size, root } = checkpoint;
    await assertStored(client, { size, root });
    await keepCheckpoint(client, { ...checkpoint, signedAt: now() });
    for (const cosignature of checkpoint.cosignatures) await keepCosignature(client, cosignature);
    const isNewKey = await signer.takeOver({ size, root }, now());
    const vkeys = (await signer.keys()).filter(isInUse).map(({ vkey }) => vkey);
    return { size, root: toHex(root), vkeys, isNewKey };
  });
}

/** Holds the head until the end of the transaction, so that no replica writes meanwhile; a term that is under way is over. Returns the epoch. */
async function claimEmpty(client: ClientBase, origin: string): Promise<string> {
  const { rows } = await client.query<{ next_position: string; epoch: string }>(
    `update ledger_head set epoch = epoch + 1 where log = $1 returning next_position, epoch`,
    [origin],
  );
  const [head] = rows;
  if (!head) throw new ImportRefused(`the database holds no log named ${origin}`);
  if (head.next_position !== '0')
    throw new ImportRefused(
      `the ledger holds ${head.next_position} events already; a log is imported into an empty one, before its first start: take a new database`,
    );
  return head.epoch;
}

type Load = { readonly source: LogSource<StoredRecord>; readonly checkpoint: BundleCheckpoint; readonly epoch: string };

async function load(client: ClientBase, { source, checkpoint: { size, root }, epoch }: Load): Promise<void> {
  const { origin } = source;
  const milestone: Milestone = {
    ...{ size, root, saidBy: 'the checkpoint', otherwise: 'ROOT_MISMATCH', shorter: 'HISTORY_SHORTENED' },
  };
  let head: HeadOfLog = { nextPosition: 0, chain: genesis(origin) };

  async function write(records: readonly StoredRecord[]): Promise<void> {
    for (const batch of recordBatches(records, head)) {
      if (!(await commitBatch(client, batch, { origin, epoch })))
        throw new ImportRefused('somebody else moved the end of the log; stop every replica and import again');
      head = batch.to;
    }
  }

  async function* written(): AsyncGenerator<readonly StoredRecord[]> {
    for await (const records of source.records()) {
      await write(records).catch((error: unknown) => refuseUnwritable(error, head.nextPosition));
      yield records;
    }
  }

  const { findings, wrong } = await judgeLog({ ...source, records: written }, [milestone]);
  const [first] = findings;
  if (first)
    throw new ImportRefused(
      `the bundle does not verify: position ${first.position}: ${first.code}: ${first.detail}${wrong > 1 ? ` (and ${wrong - 1} more)` : ''}; ${SAYS_MORE}`,
    );
}

/** Leaves that are none, and rows that the tables refuse, such as an id that is there twice (SQLSTATE class 23). */
function refuseUnwritable(error: unknown, from: number): never {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  const isRefused = typeof code === 'string' && code.startsWith('23');
  if (!(error instanceof LeafError) && !isRefused) throw error;
  throw new ImportRefused(`the bundle does not verify, from position ${from} on: ${message}; ${SAYS_MORE}`, {
    cause: error,
  });
}

/** Works the root out anew from what the database holds now, and leaves the tiles there. */
async function assertStored(client: ClientBase, { size, root }: TreeHead): Promise<void> {
  const stored = await tileWriter(client, storedTree(client)).growTo(size);
  if (!sameBytes(stored, root))
    throw new ImportRefused(`the database holds events with the root ${toHex(stored)}, not ${toHex(root)}`);
}
