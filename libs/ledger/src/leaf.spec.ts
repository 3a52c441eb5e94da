import { hash } from 'node:crypto';
import { chainHash, genesis, leafHash, toHex } from './chain.ts';
import { dataCommitment, decodeLeaf, encodeLeaf, LeafError, type Leaf } from './leaf.ts';

const leaf: Leaf = {
  v: 1,
  log: 'ledger.test/unit/main',
  pos: 0,
  prev: toHex(genesis('ledger.test/unit/main')),
  id: '3f2b8a54-0000-4000-8000-000000000001',
  stream: 'run_1',
  ver: 1,
  type: 'run.started',
  time: '2026-01-01T00:00:00.000Z',
  actor: { kind: 'agent', id: 'scout' },
  corr: 'run_1',
  schema: 1,
  data: { inline: { goal: 'read' } },
  meta: { scope: 'run_1' },
};
const bytesOf = (text: string) => new TextEncoder().encode(text);
const codeOf = (bytes: Uint8Array): string => {
  try {
    decodeLeaf(bytes);
    return 'taken';
  } catch (error) {
    return error instanceof LeafError ? error.code : String(error);
  }
};
const text = new TextDecoder().decode(encodeLeaf(leaf));

describe('a leaf', () => {
  it('is canonical JSON, byte for byte', () => {
    expect(text).toBe(
      '{"actor":{"id":"scout","kind":"agent"},"corr":"run_1","data":{"inline":{"goal":"read"}},' +
        '"id":"3f2b8a54-0000-4000-8000-000000000001","log":"ledger.test/unit/main","meta":{"scope":"run_1"},"pos":0,' +
        `"prev":"${leaf.prev}","schema":1,"stream":"run_1","time":"2026-01-01T00:00:00.000Z","type":"run.started","v":1,"ver":1}`,
    );
  });

  it('comes back as it was', () => {
    expect(decodeLeaf(encodeLeaf({ ...leaf, cause: 'e-1' }))).toEqual({ ...leaf, cause: 'e-1' });
  });

  it('holds data of 32 levels and refuses deeper data', () => {
    const levels = (count: number): string => '['.repeat(count) + ']'.repeat(count);
    expect(codeOf(bytesOf(text.replace('{"goal":"read"}', levels(32))))).toBe('taken');
    expect(codeOf(bytesOf(text.replace('{"goal":"read"}', levels(33))))).toBe('LEAF_SHAPE_WRONG');
  });

  it.each([
    ['white space', text.replace('"v":1', '"v": 1'), 'LEAF_NOT_CANONICAL'],
    ['keys out of order', text.replace('"v":1,"ver":1', '"ver":1,"v":1'), 'LEAF_NOT_CANONICAL'],
    ['a key twice', text.replace('"v":1', '"v":1,"v":1'), 'LEAF_NOT_CANONICAL'],
    ['a needless escape', text.replace('read', '\\u0072ead'), 'LEAF_NOT_CANONICAL'],
    ['a byte order mark', `\ufeff${text}`, 'LEAF_NOT_JSON'],
    ['no JSON', text.slice(1), 'LEAF_NOT_JSON'],
    ['no object', '[]', 'LEAF_SHAPE_WRONG'],
    ['another version', text.replace('"v":1', '"v":2'), 'LEAF_SHAPE_WRONG'],
    ['an unknown member', text.replace('"v":1', '"v":1,"x":1'), 'LEAF_SHAPE_WRONG'],
    ['a missing member', text.replace('"schema":1,', ''), 'LEAF_SHAPE_WRONG'],
    ['position -0', text.replace('"pos":0', '"pos":-0'), 'LEAF_SHAPE_WRONG'],
    ['version 0', text.replace('"ver":1', '"ver":0'), 'LEAF_SHAPE_WRONG'],
    ['a fraction in its data', text.replace('"read"', '1.5'), 'LEAF_SHAPE_WRONG'],
    ['a __proto__ key in its data', text.replace('goal', '__proto__'), 'LEAF_SHAPE_WRONG'],
    ['too many bytes', text.replace('read', 'x'.repeat(65_535)), 'LEAF_TOO_LARGE'],
  ])('is refused with %s', (_, altered, code) => {
    expect(codeOf(bytesOf(altered))).toBe(code);
  });

  it('is refused when it is not UTF-8', () => {
    const bytes = encodeLeaf(leaf);
    bytes[30] = 0xff;
    expect(codeOf(bytes)).toBe('LEAF_NOT_JSON');
  });

  it('has at most 65,535 bytes', () => {
    const room = 65_535 - encodeLeaf({ ...leaf, data: { inline: '' } }).length;
    expect(encodeLeaf({ ...leaf, data: { inline: 'x'.repeat(room) } })).toHaveLength(65_535);
    expect(() => encodeLeaf({ ...leaf, data: { inline: 'x'.repeat(room + 1) } })).toThrow(LeafError);
  });
});

describe('hashes', () => {
  const hex = (...parts: (string | Uint8Array)[]) =>
    hash('sha256', Buffer.concat(parts.map((part) => Buffer.from(part))), 'hex');

  it('are what the format says', () => {
    const bytes = encodeLeaf(leaf);
    const start = genesis(leaf.log);
    expect(toHex(start)).toBe(hex('ledger.genesis.v1\n', leaf.log));
    expect(toHex(leafHash(bytes))).toBe(hex('\0', bytes));
    expect(toHex(chainHash(start, leafHash(bytes)))).toBe(hex('ledger.chain.v1\n', start, leafHash(bytes)));
  });

  it('commit to data with its salt and length', () => {
    const salt = new Uint8Array(32).fill(7);
    const data = bytesOf('{"a":1}');
    expect(dataCommitment(salt, data)).toEqual({ alg: 'sha256', hash: hex('ledger.data.v1\n', salt, data), len: 7 });
    expect(() => dataCommitment(new Uint8Array(31), data)).toThrow(RangeError);
  });
});
