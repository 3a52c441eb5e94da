import {
  getCheckpoint,
  getHead,
  getLogKeys,
  readRaw,
  readTile,
  type ArchivedEvent,
  type CheckpointView,
  type Head,
  type MessageContract,
  type RawEvent,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import {
  BundleError,
  type LogFinding,
  type LogRecord,
  type LogSource,
  type Milestone,
  type StoredRecord,
  type TileId,
} from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import { CannotTell, type Evidence } from './judge.ts';

/** Events of one question, and how many questions are asked ahead: the ledger reads while we hash. */
const WINDOW = 500;
const AHEAD = 4;
const meta = { id: 'verify', actor: { kind: 'operator' as const, id: 'cli' } };
const options = { timeoutMs: 30_000, attemptMs: 10_000 };

/** Asks a running ledger for all that it has to show. Nothing of what it answers is believed. Throws CannotTell when it does not answer. */
export async function evidenceOf(bus: Bus): Promise<Evidence> {
  const head = await answerOf(bus, getHead, {});
  const { origin, keys, witnesses } = await answerOf(bus, getLogKeys, {});
  const newest = await checkpointOf(bus, head);
  const older = await cosignedBefore(bus, witnesses);
  return {
    origin,
    note: newest.note,
    lack: newest.lack,
    olderNotes: older.notes.filter((note) => note !== newest.note),
    offered: {
      log: keys.filter(({ retiredAt }) => retiredAt === undefined).map(({ vkey }) => vkey),
      witnesses: witnesses.map(({ vkey }) => vkey),
    },
    milestones: [headMilestone(head)],
    findings: [...newest.findings, ...older.findings],
    mayBeOlder: false,
    source: (size) => servedLog(bus, { origin, size: Math.max(size ?? 0, head.nextPosition) }),
  };
}

const headMilestone = ({ nextPosition, chain }: Head): Milestone => ({
  ...{ size: nextPosition, chain: Buffer.from(chain, 'hex'), saidBy: 'the head of the log' },
  ...{ otherwise: 'HEAD_MISMATCH', shorter: 'HEAD_MISMATCH' },
});

type Asked = { readonly note?: string; readonly lack?: string; readonly findings: readonly LogFinding[] };

/** A checkpoint of all events; the newest there is when none of that many is to be had. */
async function checkpointOf(bus: Bus, { nextPosition }: Head): Promise<Asked> {
  const reply = await bus.request(getCheckpoint, { minSize: nextPosition }, meta, options);
  if (reply.ok) return { note: reply.value.note, findings: hearsay(reply.value) };
  const { code, detail } = reply.rejection;
  if (code === 'SERVICE_UNAVAILABLE') throw noAnswer(detail);
  const findings: readonly LogFinding[] =
    code === 'LEDGER_ROLLED_BACK'
      ? [
          {
            position: nextPosition,
            code: 'SIGNER_REFUSES',
            detail: `the signer does not sign this log: ${detail}`,
            where: 'checkpoint',
          },
        ]
      : [];
  const lack = `there is no checkpoint of the whole log: ${detail}`;
  const older = await bus.request(getCheckpoint, {}, meta, options);
  if (!older.ok || code !== 'LEDGER_ROLLED_BACK') return { lack, findings };
  return { note: older.value.note, findings: [...findings, ...hearsay(older.value)] };
}

type Cosigned = { readonly notes: readonly string[]; readonly findings: readonly LogFinding[] };

/** The checkpoints that witnesses cosigned last. */
async function cosignedBefore(bus: Bus, witnesses: ReplyOf<typeof getLogKeys>['witnesses']): Promise<Cosigned> {
  const notes: string[] = [];
  const findings: LogFinding[] = [];
  for (const { name, cosignedSize: size } of witnesses) {
    if (size === 0) continue;
    const reply = await bus.request(getCheckpoint, { size }, meta, options);
    if (reply.ok) notes.push(reply.value.note);
    else if (reply.rejection.code !== 'CHECKPOINT_NOT_FOUND') throw noAnswer(reply.rejection.detail);
    else {
      const detail = `${name} cosigned a checkpoint of ${size} events, which is not there`;
      findings.push({ position: 0, code: 'WITNESS_MISSING', detail, where: 'checkpoint' });
    }
  }
  return { notes: [...new Set(notes)], findings };
}

/** What is said beside a note has to be what the note says. */
function hearsay({ note, size, root }: CheckpointView): readonly LogFinding[] {
  const said = note.split('\n', 3);
  if (said[1] === String(size) && said[2] === Buffer.from(root, 'hex').toString('base64')) return [];
  const detail = `the checkpoint is kept as one of ${size} events with the root ${root}, and says otherwise`;
  return [{ position: 0, code: 'FIELD_MISMATCH', detail, where: 'checkpoint' }];
}

type Served = { readonly origin: string; readonly size: number; readonly from?: number; readonly to?: number };

/** The log as the ledger serves it, of which `size` events are looked at; of archived ones what is left. */
export const servedLog = (bus: Bus, log: Served): LogSource => served(bus, log, windowWithHashes);

/** As {@link servedLog}, of events that are all there. What it reads throws BundleError when some are archived. */
export const servedEvents = (bus: Bus, log: Served): LogSource<StoredRecord> => served(bus, log, windowOf);

type ReadWindow<Kept> = (bus: Bus, from: number, to: number) => Promise<readonly Kept[]>;

function served<Kept extends LogRecord>(
  bus: Bus,
  { origin, size, from = 0, to = size }: Served,
  read: ReadWindow<Kept>,
): LogSource<Kept> {
  return {
    ...{ origin, from, to, size },
    records: () => pages((first, end) => read(bus, first, end), from, to),
    readTile: (tile) => servedTile(bus, tile),
  };
}

async function servedTile(bus: Bus, tile: TileId): Promise<Uint8Array | undefined> {
  const reply = await bus.request(readTile, tile, meta, options);
  if (reply.ok) return bytes(reply.value.hashes);
  if (reply.rejection.code === 'TILE_NOT_FOUND') return undefined;
  throw noAnswer(reply.rejection.detail);
}

/** Records in order, window by window, some windows asked ahead. */
async function* pages<Kept>(
  read: (from: number, to: number) => Promise<readonly Kept[]>,
  from: number,
  to: number,
): AsyncGenerator<readonly Kept[]> {
  const asked: Promise<readonly Kept[]>[] = [];
  let next = from;
  const ask = (): void => {
    if (next >= to) return;
    const answer = read(next, Math.min(next + WINDOW, to));
    // It is awaited in its turn; until then a failure of a later window must not end the program.
    answer.catch(() => undefined);
    asked.push(answer);
    next += WINDOW;
  };
  for (let n = 0; n < AHEAD; n++) ask();
  for (let page = asked.shift(); page; page = asked.shift()) {
    ask();
    yield await page;
  }
}

/** The records with positions in [from, to) that are there; a page may hold fewer than were asked for. */
async function windowOf(bus: Bus, from: number, to: number): Promise<readonly StoredRecord[]> {
  return paged(from, to, async (position, limit) => {
    const { events } = await answerOf(bus, readRaw, { fromPosition: position, limit });
    return events.map(storedRecord);
  });
}

async function windowWithHashes(bus: Bus, from: number, to: number): Promise<readonly LogRecord[]> {
  return paged<LogRecord>(from, to, async (position, limit) => {
    const { events, archived = [] } = await answerOf(bus, readRaw, { fromPosition: position, limit, hashes: true });
    return [...events.map(storedRecord), ...archived.map(archivedRecord)].sort((a, b) => a.position - b.position);
  });
}

async function paged<Kept extends { readonly position: number }>(
  from: number,
  to: number,
  read: (position: number, limit: number) => Promise<readonly Kept[]>,
): Promise<readonly Kept[]> {
  const records: Kept[] = [];
  for (let position = from; position < to;) {
    const due = (await read(position, to - position)).filter((event) => event.position < to);
    records.push(...due);
    const last = due.at(-1);
    if (!last) break;
    position = Math.max(last.position, position) + 1;
  }
  return records;
}

/** The answer of the ledger; throws CannotTell when there is none. */
export async function answerOf<C extends MessageContract>(
  bus: Bus,
  contract: C,
  data: C['data']['_zod']['input'],
): Promise<ReplyOf<C>> {
  const reply: ReplyEnvelope<ReplyOf<C>> = await bus.request(contract, data, meta, options);
  if (reply.ok) return reply.value;
  if (reply.rejection.code === 'RANGE_ARCHIVED') throw new BundleError(reply.rejection.detail);
  throw noAnswer(reply.rejection.detail);
}

const noAnswer = (detail: string): CannotTell => new CannotTell(`the ledger does not answer: ${detail}`);
const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

/** What the ledger says of erasures is left aside: they are in the log. */
function storedRecord({ leaf, leafHash, chain, data, salt, ...columns }: RawEvent): StoredRecord {
  const kept = {
    data: data === undefined ? undefined : bytes(data),
    salt: salt === undefined ? undefined : bytes(salt),
  };
  return { ...columns, ...kept, leaf: bytes(leaf), leafHash: bytes(leafHash), chain: bytes(chain) };
}

const archivedRecord = ({ leafHash, chain, ...columns }: ArchivedEvent): LogRecord => ({
  ...{ ...columns, leafHash: bytes(leafHash), chain: bytes(chain) },
});
