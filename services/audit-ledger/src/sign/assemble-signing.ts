import type { RecordedEvent, ReplyEnvelope } from '@causeway/contracts';
import { ok, rejected, type Log } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import type { Writer } from '../append/writer.ts';
import { answerStream, readHead } from '../read/log.queries.ts';
import { storedTree, type StoredTree } from '../tree/stored-tree.ts';
import { tileWriter } from '../tree/tile-writer.ts';
import { createCheckpointer, type Checkpointer } from './checkpointer.ts';
import { keepCheckpoint, newestCheckpoint } from './checkpoints.queries.ts';
import { fileSigner } from './file-signer.ts';
import { KEY_STREAM } from './key-history.ts';
import { logKeys, type LogKeys } from './log-keys.ts';
import { ownAppend } from './own-append.ts';
import { assertNotRolledBack, signTree } from './rollback.ts';
import { termGate, type TermGate } from './term-gate.ts';

export type SigningOptions = {
  readonly pool: Pool;
  readonly origin: string;
  /** Folder of the signer's keys and memory. */
  readonly folder: string;
  readonly writer: Pick<Writer, 'append' | 'begin'>;
  readonly newSalt: () => Uint8Array;
  readonly log: Log;
  /** The time now, ISO 8601. */
  readonly now: () => string;
  /** Called with each checkpoint that was signed and kept. */
  readonly onSigned: (checkpoint: { readonly size: number; readonly note: string }) => void;
};

export type Signing = {
  readonly stored: StoredTree;
  readonly gate: TermGate;
  readonly checkpointer: Checkpointer;
  readonly keys: LogKeys;
  /** Has a checkpoint of at least this size signed, here or by the replica that writes. */
  readonly demand: (size: number) => Promise<boolean>;
};

const WAIT_MS = 3_000;
const POLL_MS = 50;

/** Tree, signer, checkpoints and keys, wired to one another. */
export async function assembleSigning(options: SigningOptions): Promise<Signing> {
  const { pool, origin, folder, writer, newSalt, log, now, onSigned } = options;
  const signer = await fileSigner(folder, origin);
  const stored = storedTree(pool);
  const parts = { pool, signer, stored, now, tiles: tileWriter(pool, stored) };
  const keys = logKeys({
    ...{ signer, log, now, append: ownAppend(writer, newSalt) },
    readEvents: () => readWholeStream(pool, KEY_STREAM),
    mayChange: () => mayChange(gate, checkpointer),
  });
  const checkpointer = createCheckpointer({
    ...{ log, prepare: keys.reconcile, onRefused: () => gate.lookAgain() },
    sign: async (size) => {
      const signed = await signTree(parts, size);
      await keepCheckpoint(pool, { ...signed, signedAt: now() });
      onSigned(signed);
    },
  });
  const gate = termGate({
    ...{ log, check: async () => assertNotRolledBack(parts, (await readHead(pool, origin)).nextPosition) },
    begin: async (term) => {
      writer.begin(term);
      await checkpointer.begin(term.head.nextPosition);
    },
  });
  return { stored, gate, checkpointer, keys, demand: (size) => demand(pool, checkpointer, size) };
}

async function demand(pool: Pool, checkpointer: Checkpointer, size: number): Promise<boolean> {
  if (await checkpointer.demand(size)) return true;
  const until = Date.now() + WAIT_MS;
  while (!checkpointer.isActive() && Date.now() < until) {
    if (((await newestCheckpoint(pool))?.size ?? 0) >= size) return true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

function mayChange(gate: TermGate, checkpointer: Checkpointer): ReplyEnvelope<null> {
  const why = gate.refusal();
  if (why !== undefined) return rejected('LEDGER_ROLLED_BACK', why);
  if (checkpointer.isActive()) return ok(null);
  return rejected('LEDGER_NOT_LEADER', 'another replica writes the log; send the same command again');
}

async function readWholeStream(pool: Pool, stream: string): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  let from: number | undefined = 1;
  while (from !== undefined) {
    const page: Awaited<ReturnType<typeof answerStream>> = await answerStream(pool, {
      stream,
      fromVersion: from,
      limit: 1_000,
    });
    events.push(...page.events);
    from = page.next;
  }
  return events;
}
