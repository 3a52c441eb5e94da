import { chainHash, leafHash } from './chain.ts';
import { decodeLeaf, encodeLeaf, type Leaf } from './leaf.ts';
import { createVerifier, type StoredRecord } from './verify.ts';
import { ORIGIN, sealLog } from './verify.features.ts';

const log = sealLog([
  { stream: 'run_a', erasable: false, data: { n: 1 } },
  { stream: 'run_b', erasable: true, data: { text: 'hello' } },
  { stream: 'run_a', erasable: false, data: { n: 2 } },
]);
const codesOf = (records: readonly StoredRecord[], origin = ORIGIN) => {
  const verifier = createVerifier(origin);
  return records.flatMap((record) => verifier.check(record)).map(({ position, code }) => `${position} ${code}`);
};
/** Seals another leaf in the last place, hashes and all: what a forger with access to storage would do. */
const forgeLast = (change: Partial<Leaf>): StoredRecord[] => {
  const leaf = encodeLeaf({ ...decodeLeaf(log[2]!.leaf), ...change });
  const { position, ...rest } = log[2]!;
  const forged = { ...rest, leaf, leafHash: leafHash(leaf), chain: chainHash(log[1]!.chain, leafHash(leaf)) };
  return [log[0]!, log[1]!, { position, leaf: forged.leaf, leafHash: forged.leafHash, chain: forged.chain }];
};

describe('the verifier', () => {
  it('finds nothing wrong with a good log', () => {
    expect(codesOf(log)).toEqual([]);
  });

  it('tells how far it came', () => {
    const verifier = createVerifier(ORIGIN);
    for (const record of log) verifier.check(record);
    expect(verifier.state()).toEqual({ checked: 3, erased: 0, archives: [], chain: log[2]!.chain });
    expect(verifier.finish({ nextPosition: 3, chain: log[2]!.chain })).toEqual([]);
  });

  it('notices that the tail was cut off', () => {
    const verifier = createVerifier(ORIGIN);
    verifier.check(log[0]!);
    expect(verifier.finish({ nextPosition: 3, chain: log[2]!.chain })).toMatchObject([
      { position: 1, code: 'HEAD_MISMATCH' },
    ]);
  });

  it('notices that a record is missing', () => {
    expect(codesOf([log[0]!, log[2]!])).toEqual(['2 CHAIN_BROKEN', '1 POSITION_GAP', '2 PREV_MISMATCH']);
  });

  it('notices another log', () => {
    expect(codesOf(log.slice(0, 1), 'ledger.test/other/main')).toEqual([
      '0 CHAIN_BROKEN',
      '0 PREV_MISMATCH',
      '0 ORIGIN_MISMATCH',
    ]);
  });

  it('notices a version that does not follow', () => {
    expect(codesOf(forgeLast({ ver: 3 }))).toEqual(['2 STREAM_VERSION_WRONG']);
  });

  it('notices an event id that was used before', () => {
    expect(codesOf(forgeLast({ id: log[0]!.id }))).toEqual(['2 DUPLICATE_EVENT_ID']);
  });

  it('notices a leaf that was sealed at another position', () => {
    expect(codesOf(forgeLast({ pos: 7 }))).toEqual(['2 POSITION_GAP']);
  });

  it('notices a leaf that follows another history', () => {
    expect(codesOf(forgeLast({ prev: '0'.repeat(64) }))).toEqual(['2 PREV_MISMATCH']);
  });

  it.each(['stream', 'version', 'id', 'type', 'scope'] as const)(
    'notices a column %s that differs from the leaf',
    (column) => {
      const changed = { ...log[1]!, [column]: column === 'version' ? 9 : 'other' };
      expect(codesOf([log[0]!, changed])).toEqual(['1 FIELD_MISMATCH']);
    },
  );

  it('notices that of data and its salt one is missing', () => {
    expect(codesOf([log[0]!, { ...log[1]!, data: undefined }])).toEqual(['1 DATA_MISSING']);
    expect(codesOf([log[0]!, { ...log[1]!, salt: undefined }])).toEqual(['1 DATA_MISSING']);
  });

  it('notices other data, and data where none belongs', () => {
    const other = new TextEncoder().encode('{"text":"hullo"}');
    expect(codesOf([log[0]!, { ...log[1]!, data: other }, log[2]!])).toEqual(['1 DATA_MISMATCH']);
    expect(codesOf([{ ...log[0]!, data: other }])).toEqual(['0 DATA_MISMATCH']);
  });
});
