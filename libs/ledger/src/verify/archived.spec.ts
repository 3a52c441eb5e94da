import { sealLog, type EventToSeal } from '../verify.features.ts';
import type { ArchivedRecord, LogRecord } from '../verify.ts';
import { judgeLog } from './judge-log.ts';
import { keep, milestoneAt, sourceOf, type KeptLog } from './kept-log.features.ts';
import type { LogSource } from './log-source.ts';
import { withArchive } from './with-archive.ts';

const SIZE = 600;
const [FROM, TO] = [256, 512];
const DIGEST = 'ab'.repeat(32);
const archived = { from: FROM, to: TO, digest: DIGEST };
const events: EventToSeal[] = Array.from({ length: SIZE }, (_, n) => ({
  ...{ stream: `run_${n % 7}`, erasable: n % 3 === 1, data: { n } },
}));
const recording = (said: object): EventToSeal => ({
  ...{ stream: 'archives', erasable: false, type: 'range.archived', data: { ...said } as never },
});
const logWith = (said: object = archived): KeptLog =>
  keep(sealLog([...events, recording(said), ...events.slice(0, 3)]));
const log = logWith();
const isOut = (position: number): boolean => position >= FROM && position < TO && position % 7 !== 0;

/** What the ledger serves of this log once the archive is made; `change` is what somebody did to it then. */
function servedOf(
  kept: KeptLog,
  change: (record: ArchivedRecord) => LogRecord | undefined = (record) => record,
): LogSource {
  const stubs = kept.records.map((record): LogRecord | undefined => {
    if (!isOut(record.position)) return record;
    const { position, stream, version, id, leafHash, chain, type = '', scope = '' } = record;
    return change({ ...{ position, stream, version, id, leafHash, chain, type, scope }, archivedBy: SIZE });
  });
  const records = stubs.filter((record) => record !== undefined);
  return {
    ...sourceOf(kept),
    records: async function* () {
      yield records;
    },
  };
}
const judge = (source: LogSource, of = log) =>
  judgeLog(source, [milestoneAt(of, of.size), milestoneAt(of, TO, 'the archive')]);
const told = async (source: LogSource, of = log) =>
  (await judge(source, of)).findings.map(({ position, code }) => `${position} ${code}`);
const at = (position: number, change: (record: ArchivedRecord) => LogRecord | undefined) =>
  servedOf(log, (record) => (record.position === position ? change(record) : record));
const flip = (bytes: Uint8Array): Uint8Array => bytes.with(9, bytes[9]! ^ 1);
const bundle = (of = log, part: Partial<LogSource> = {}) =>
  sourceOf(
    { ...of, records: of.records.filter(({ position }) => position < SIZE) },
    { from: FROM, to: TO, ...(part as object) },
  );

describe('a log with archived events', () => {
  it('is good by their hashes, and says which archive they are in', async () => {
    const { findings, archives, checked } = await judge(servedOf(log));
    const out = log.records.filter(({ position }) => isOut(position)).length;
    expect([findings, checked]).toEqual([[], log.size]);
    expect(archives).toEqual([{ position: SIZE, ...archived, events: out }]);
  });

  it.each<[string, string, Parameters<typeof at>]>([
    [
      'a hash in place of another',
      '300 CHAIN_BROKEN',
      [300, (record) => ({ ...record, leafHash: flip(record.leafHash) })],
    ],
    ['a chain value', '300 CHAIN_BROKEN', [300, (record) => ({ ...record, chain: flip(record.chain) })]],
    ['an event that is gone', '300 POSITION_GAP', [300, () => undefined]],
    [
      'an id that was used before',
      '300 DUPLICATE_EVENT_ID',
      [300, (record) => ({ ...record, id: log.records[3]!.id })],
    ],
    ['a version that was left out', '300 STREAM_VERSION_WRONG', [300, (record) => ({ ...record, version: 9_999 })]],
    ['another archive named', '300 LEAF_MISSING', [300, (record) => ({ ...record, archivedBy: 3 })]],
  ])('is bad with %s', async (_, finding, [position, change]) => {
    expect(await told(at(position, change))).toContain(finding);
  });

  it.each<[string, number, object]>([
    ['of no archive', 256, { from: 0, to: 256, digest: DIGEST }],
    ['of one that begins later', 256, { from: 260, to: TO, digest: DIGEST }],
    ['of one that ends before', 498, { from: FROM, to: 500, digest: DIGEST }],
    ['of one without a digest', 256, { from: FROM, to: TO }],
    ['of one that reaches beyond its own place', 256, { from: FROM, to: SIZE + 2, digest: DIGEST }],
  ])('is bad when it speaks %s', async (_, position, said) => {
    const other = logWith(said);
    expect(await told(servedOf(other), other)).toContain(`${position} LEAF_MISSING`);
  });
});

describe('an archive put beside the log', () => {
  const beside = (of: ReturnType<typeof bundle>) => withArchive(servedOf(log), of);

  it('makes it whole again', async () => {
    const { findings, archives } = await judge(beside(bundle()));
    expect([findings, archives]).toEqual([[], []]);
  });

  it('that lost an event is named by its position', async () => {
    const short = { ...log, records: log.records.filter(({ position }) => position !== 401) };
    expect(await told(beside(bundle(short)))).toEqual(['401 LEAF_MISSING']);
  });

  it('that holds another event, or other data, is found out', async () => {
    const other = {
      ...log,
      records: log.records.map((one) => (one.position === 401 ? { ...one, leaf: flip(one.leaf) } : one)),
    };
    expect((await told(beside(bundle(other))))[0]).toBe('401 LEAF_HASH_MISMATCH');
    const data = log.records.find(({ position, data: kept }) => isOut(position) && kept)!;
    const spoilt = {
      ...log,
      records: log.records.map((one) => (one === data ? { ...one, data: flip(one.salt!) } : one)),
    };
    expect(await told(beside(bundle(spoilt)))).toEqual([`${data.position} DATA_MISMATCH`]);
  });

  it('leaves events of other archives as they are', async () => {
    const { findings, archives } = await judge(beside(bundle(log, { from: FROM, to: 300 })));
    expect(findings).toEqual([]);
    expect(archives[0]!.events).toBe(log.records.filter(({ position }) => isOut(position) && position >= 300).length);
  });
});
