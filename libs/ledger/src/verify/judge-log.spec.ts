import { chainHash, genesis, leafHash, toHex } from '../chain.ts';
import { decodeLeaf, encodeLeaf } from '../leaf.ts';
import { tilePath } from '../tiles/tiles.ts';
import { ORIGIN, sealLog, type Sealed } from '../verify.features.ts';
import type { StoredRecord } from '../verify.ts';
import { judgeLog } from './judge-log.ts';
import { keep, keptLog, milestoneAt, sourceOf, type KeptLog } from './kept-log.features.ts';
import type { LogSource, Milestone } from './log-source.ts';

const SIZE = 1_100;
const good = keptLog(SIZE);
const checkpoint = milestoneAt(good, SIZE);
const seen = milestoneAt(good, 600, 'the last check');

/** A copy to tamper with. */
const copy = (log = good): KeptLog => ({ ...log, records: [...log.records], tiles: new Map(log.tiles) });
const judge = (
  log: KeptLog,
  milestones: readonly Milestone[] = [checkpoint, seen],
  part?: Partial<LogSource<StoredRecord>>,
) => judgeLog(sourceOf(log, part), milestones);
const told = async (...of: Parameters<typeof judge>) =>
  (await judge(...of)).findings.map(({ position, code, where }) =>
    [position, code, ...(where ? [where] : [])].join(' '),
  );

const flipped = (bytes: Uint8Array, at = 20): Uint8Array => bytes.with(at, bytes[at]! ^ 1);
function change(log: KeptLog, position: number, part: Partial<Sealed>): void {
  log.records[position] = { ...log.records[position]!, ...part };
}

/** Seals the events anew in this order, chain and all: what the owner of the database can do. */
function resealed(records: readonly Sealed[]): Sealed[] {
  const versions = new Map<string, number>();
  let chain: Uint8Array = genesis(ORIGIN);
  return records.map((record, pos) => {
    const old = decodeLeaf(record.leaf);
    const ver = (versions.get(old.stream) ?? 0) + 1;
    versions.set(old.stream, ver);
    const leaf = encodeLeaf({ ...old, pos, ver, prev: toHex(chain) });
    chain = chainHash(chain, leafHash(leaf));
    return { ...record, position: pos, version: ver, leaf, leafHash: leafHash(leaf), chain };
  });
}

describe('a log', () => {
  it('that is as it was sealed is good, whole and in part', async () => {
    expect(await told(good)).toEqual([]);
    for (const [from, to] of [
      [0, 256],
      [256, 512],
      [512, 1_024],
      [768, SIZE],
      [1_024, SIZE],
    ] as const)
      expect(await told(good, [checkpoint, seen], { from, to })).toEqual([]);
  });

  it('that is empty is good', async () => {
    const empty = keptLog(0);
    expect(await told(empty, [milestoneAt(empty, 0)])).toEqual([]);
  });

  it('tells how far it came', async () => {
    const { checked, root, chain, untold } = await judge(good);
    expect({ checked, root, chain, untold }).toEqual({ checked: SIZE, root: good.root, chain: good.chain, untold: [] });
  });

  it.each<[string, string, (log: KeptLog) => void]>([
    [
      'a byte of a leaf',
      '700 LEAF_HASH_MISMATCH',
      (log) => change(log, 700, { leaf: flipped(log.records[700]!.leaf, 9) }),
    ],
    [
      'a stored leaf hash',
      '700 LEAF_HASH_MISMATCH',
      (log) => change(log, 700, { leafHash: flipped(log.records[700]!.leafHash) }),
    ],
    ['a chain value', '700 CHAIN_BROKEN', (log) => change(log, 700, { chain: flipped(log.records[700]!.chain) })],
    ['a byte of data', '700 DATA_MISMATCH', (log) => change(log, 700, { data: flipped(log.records[700]!.data!, 3) })],
    ['a salt', '700 DATA_MISMATCH', (log) => change(log, 700, { salt: flipped(log.records[700]!.salt!) })],
    [
      'data of two events',
      '700 DATA_MISMATCH',
      (log) => {
        const { data, salt } = log.records[703]!;
        change(log, 703, { data: log.records[700]!.data, salt: log.records[700]!.salt });
        change(log, 700, { data, salt });
      },
    ],
    ['missing data', '700 DATA_MISSING', (log) => change(log, 700, { data: undefined, salt: undefined })],
    [
      'a leaf in place of another, hashes and all',
      '700 CHAIN_BROKEN',
      (log) => {
        const { leaf, leafHash: hash } = log.records[707]!;
        change(log, 700, { leaf, leafHash: hash });
      },
    ],
    [
      'two events that changed places',
      '700 CHAIN_BROKEN',
      (log) => {
        const [a, b] = [log.records[700]!, log.records[701]!];
        log.records.splice(700, 2, { ...b, position: 700 }, { ...a, position: 701 });
      },
    ],
    ['an event that was taken out', '700 POSITION_GAP', (log) => log.records.splice(700, 1)],
    ['an end that was cut off', '1000 POSITION_GAP', (log) => log.records.splice(1_000)],
    [
      'a tile',
      '773 TILE_MISMATCH',
      (log) => {
        const path = tilePath({ level: 0, index: 3, width: 256 });
        log.tiles.set(path, flipped(log.tiles.get(path)!, 5 * 32));
      },
    ],
    [
      'a tile further up',
      '512 TILE_MISMATCH',
      (log) => {
        const path = tilePath({ level: 1, index: 0, width: 4 });
        log.tiles.set(path, flipped(log.tiles.get(path)!, 2 * 32));
      },
    ],
    [
      'a tile that is too short',
      '768 TILE_MISMATCH',
      (log) => {
        const path = tilePath({ level: 0, index: 3, width: 256 });
        log.tiles.set(path, log.tiles.get(path)!.slice(0, -1));
      },
    ],
    ['a missing tile', '1024 TILE_MISSING', (log) => log.tiles.delete(tilePath({ level: 0, index: 4, width: 76 }))],
    [
      'an entry bundle',
      '256 ENTRIES_MISMATCH',
      (log) => {
        log.tiles.set('tile/entries/001', flipped(log.tiles.get('tile/entries/001')!));
      },
    ],
    ['a missing entry bundle', '256 TILE_MISSING', (log) => log.tiles.delete('tile/entries/001')],
  ])('shows %s', async (_, first, tamper) => {
    const log = copy();
    tamper(log);
    expect((await told(log))[0]).toMatch(new RegExp(`^${first}( |$)`));
  });

  it('that goes on after its end is told, once', async () => {
    const records = async function* () {
      yield good.records.slice(0, 600);
    };
    expect(await told(good, [checkpoint], { to: 512, records })).toEqual(['512 POSITION_GAP']);
  });

  it.each<[string, string, (records: Sealed[]) => Sealed[]]>([
    [
      'an event more in the middle',
      '500 ROOT_MISMATCH the checkpoint',
      (records) => {
        const forged = { ...records[500]!, id: '99999999-0000-4000-8000-000000000000' };
        const leaf = encodeLeaf({ ...decodeLeaf(forged.leaf), id: forged.id });
        return records.toSpliced(500, 0, { ...forged, leaf }).slice(0, SIZE);
      },
    ],
    [
      'two events in another order',
      '500 ROOT_MISMATCH the checkpoint',
      (records) => records.toSpliced(500, 2, records[501]!, records[500]!),
    ],
    [
      'one event of other content',
      '650 ROOT_MISMATCH the checkpoint',
      (records) => {
        const leaf = encodeLeaf({ ...decodeLeaf(records[650]!.leaf), time: '2020-01-01T00:00:00.000Z' });
        return records.with(650, { ...records[650]!, leaf });
      },
    ],
  ])('that was chained anew with %s is not that of the checkpoint', async (_, first, rewrite) => {
    const log = keep(resealed(rewrite(good.records)));
    const [position] = first.split(' ');
    const without = (await told(log, [])).filter((line) => !line.includes('STREAM_VERSION'));
    expect(without).toEqual([]);
    const halves = [milestoneAt(good, Number(position), 'an older checkpoint'), checkpoint];
    expect((await told(log, halves))[0]).toBe(first);
    expect((await told({ ...log, tiles: good.tiles }, [checkpoint]))[0]).toMatch(
      new RegExp(`^${position} TILE_MISMATCH`),
    );
  });

  it('that was rewritten before what was seen last is told from there', async () => {
    const log = keep(resealed(good.records.toSpliced(500, 2, good.records[501]!, good.records[500]!)));
    const lastSeen: Milestone = { ...seen, otherwise: 'HISTORY_CHANGED' };
    expect((await told(log, [lastSeen]))[0]).toBe('0 HISTORY_CHANGED the last check');
  });

  it('that is shorter than what was seen last is told', async () => {
    const log = keep(good.records.slice(0, 400));
    expect(await told(log, [milestoneAt(log, 400), seen])).toEqual(['400 HISTORY_SHORTENED the last check']);
  });

  it.each<[string, Partial<Milestone>]>([
    ['root', { root: flipped(seen.root!) }],
    ['chain', { chain: flipped(seen.chain!) }],
  ])('of another %s than was said is told', async (_, said) => {
    expect(await told(good, [{ ...seen, ...said }])).toHaveLength(1);
  });
});

describe('data that is not there', () => {
  const gone = (record: Sealed): Sealed => ({ ...record, data: undefined, salt: undefined });
  const events = Array.from({ length: 300 }, (_, n) => ({ stream: `run_${n % 7}`, erasable: true, data: { n } }));
  const erasure = { target: { positions: [3] }, before: 300, reason: 'asked for' };
  const erased = keep(
    sealLog([...events, { stream: 'erasures', erasable: false, type: 'data.erased', data: erasure }]).map((record) =>
      record.position === 3 ? gone(record) : record,
    ),
  );
  const end = milestoneAt(erased, 301);

  it('is erased when the log says so, and missing otherwise', async () => {
    const { findings, erased: count, lacking } = await judge(erased, [end]);
    expect([findings, count, lacking]).toEqual([[], 1, 0]);
    const log = copy(erased);
    change(log, 4, { data: undefined, salt: undefined });
    expect(await told(log, [end])).toEqual(['4 DATA_MISSING']);
  });

  it('in a part of a log cannot be told apart, and is counted', async () => {
    const { findings, lacking } = await judge(erased, [end], { to: 256 });
    expect([findings, lacking]).toEqual([[], 1]);
  });
});

describe('a part of a log', () => {
  const part = { from: 512, to: 768 };

  it('is proven by tiles beside it alone, and refuted by them', async () => {
    const log = copy();
    expect((await judge(log, [checkpoint], part)).untold).toEqual([]);
    const other = { ...checkpoint, root: flipped(checkpoint.root!) };
    expect(await told(log, [other], part)).toEqual(['512 ROOT_MISMATCH the checkpoint']);
    const path = tilePath({ level: 1, index: 0, width: 4 });
    log.tiles.set(path, flipped(log.tiles.get(path)!, 0));
    expect(await told(log, [checkpoint], part)).toEqual(['512 ROOT_MISMATCH the checkpoint']);
  });

  it('is compared with what was seen before it and after it', async () => {
    for (const size of [1, 255, 300, 512, 600, 768, 900]) {
      const milestone = milestoneAt(good, size);
      expect(await told(good, [milestone], part)).toEqual([]);
      expect(await told(good, [{ ...milestone, root: flipped(milestone.root!) }], part)).toHaveLength(1);
    }
  });

  it('whose events are others is not proven', async () => {
    const log = copy();
    change(log, 600, { leaf: good.records[607]!.leaf, leafHash: good.records[607]!.leafHash });
    expect((await told(log, [checkpoint], part)).some((line) => line.includes('ROOT_MISMATCH'))).toBe(true);
  });

  it('without the tiles to prove it says of what nothing can be told', async () => {
    const log = copy();
    log.tiles.delete(tilePath({ level: 0, index: 4, width: 76 }));
    const { findings, untold } = await judge(log, [checkpoint], part);
    expect([findings, untold]).toEqual([[], [checkpoint]]);
    log.tiles.delete(tilePath({ level: 1, index: 0, width: 4 }));
    expect((await told(log, [checkpoint], part))[0]).toBe('512 TILE_MISSING tile/1/000.p/4');
  });
});
