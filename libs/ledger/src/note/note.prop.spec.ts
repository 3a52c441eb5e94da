import fc from 'fast-check';
import { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { cosign, cosignedAt } from './cosignature.ts';
import { signEd25519 } from './ed25519.ts';
import { formatVerifierKey, newSigningKey, parseVerifierKey } from './keys.ts';
import { formatNote, parseNote, signNote } from './note.ts';
import { formatTlogProof, parseTlogProof } from '../proof/tlog-proof.ts';
import { decodeEntryBundle, encodeEntryBundle, entriesPath, parseTilePath, tilePath } from '../tiles/tiles.ts';
import { isAccepted } from '../vectors.features.ts';

const ORIGIN = 'ledger.test/unit/main';
const seed = (fill: number) => new Uint8Array(32).fill(fill);
const key = newSigningKey(ORIGIN, 'ed25519', seed(1));
const witness = newSigningKey('witness.test/w1', 'cosignature-v1', seed(3));
const text = formatCheckpoint({ origin: ORIGIN, size: 5, root: seed(7) });
const signed = signNote(text, [key]);
const proof = [seed(8), seed(9)];

/** A text that differs from a good one by a few insertions, removals and changes of one character. */
const damaged = (good: string) =>
  fc
    .array(
      fc.record({
        at: fc.nat(good.length),
        drop: fc.nat(2),
        put: fc.oneof(
          fc.constantFrom('', '\n', ' ', '+', '=', '0', '1', 'A', '/', '\0', '\u2014', '\ud800'),
          fc.string(),
        ),
      }),
      { maxLength: 3 },
    )
    .map((edits) => edits.reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), good));

const parsers: [string, string, (malformed: string) => string][] = [
  ['a verifier key', formatVerifierKey(key), (one) => formatVerifierKey(parseVerifierKey(one))],
  ['a note', signed, (one) => formatNote(parseNote(one))],
  [
    'a checkpoint',
    text,
    (one) => {
      const { extensions, ...checkpoint } = parseCheckpoint(one);
      return formatCheckpoint(checkpoint) + extensions.map((line) => `${line}\n`).join('');
    },
  ],
  [
    'a request to a witness',
    formatAddCheckpoint({ oldSize: 3, proof, note: signed }),
    (one) => formatAddCheckpoint(parseAddCheckpoint(one)),
  ],
  [
    'a proof',
    formatTlogProof({ index: 4, proof, checkpoint: signed, extra: seed(2) }),
    (one) => formatTlogProof(parseTlogProof(one)),
  ],
];

describe('a damaged text', () => {
  it.each(parsers)('is refused as %s, or is one, word for word', (_, good, roundTrip) => {
    expect(roundTrip(good)).toBe(good);
    fc.assert(
      fc.property(damaged(good), (one) => {
        if (isAccepted(() => roundTrip(one))) expect(roundTrip(one)).toBe(one);
      }),
      { numRuns: 1000 },
    );
  });

  it('opens as the checkpoint that was signed, or not at all', () => {
    const due = openCheckpoint(signed, ORIGIN, [key]);
    fc.assert(
      fc.property(damaged(signed), (one) => {
        if (isAccepted(() => openCheckpoint(one, ORIGIN, [key])))
          expect(openCheckpoint(one, ORIGIN, [key])).toEqual(due);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a cosignature', () => {
  it('holds for its time and text, and not after a bit of it is changed', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(72 * 8 - 1), (timestampS, bit) => {
        const cosignature = cosign(text, witness, timestampS);
        expect(cosignedAt(text, cosignature, witness)).toBe(timestampS);
        const bytes = Uint8Array.from(cosignature.bytes);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(cosignedAt(text, { ...cosignature, bytes }, witness)).toBeUndefined();
      }),
    );
  });

  it('of a time beyond exact numbers is none, however well it is signed', () => {
    const signedAt = (time: bigint) => {
      const bytes = Buffer.alloc(72);
      bytes.writeBigUInt64BE(time);
      bytes.set(signEd25519(Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), witness.seed), 8);
      return cosignedAt(text, { name: witness.name, keyId: witness.keyId, bytes }, witness);
    };
    expect(signedAt(2n ** 53n - 1n)).toBe(2 ** 53 - 1);
    expect(signedAt(2n ** 53n)).toBeUndefined();
  });
});

describe('the path of a tile', () => {
  it('comes back as the tile, whatever its level, index and width', () => {
    const tile = fc.record({ level: fc.nat(63), index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) });
    fc.assert(
      fc.property(tile, ({ level, index, width }) => {
        expect(parseTilePath(tilePath({ level, index, width }))).toEqual({ kind: 'hashes', level, index, width });
        expect(parseTilePath(entriesPath({ index, width }))).toEqual({ kind: 'entries', index, width });
      }),
    );
  });

  it('has no second spelling', () => {
    const paths = fc.constantFrom('tile/0/000', 'tile/1/x001/x234/067.p/7', 'tile/entries/x001/000.p/255');
    fc.assert(
      fc.property(paths.chain(damaged), (path) => {
        const tile = parseTilePath(path);
        if (tile) expect(tile.kind === 'entries' ? entriesPath(tile) : tilePath(tile)).toBe(path);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an entry bundle', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 256 });

  it('comes back as its leaves, and other bytes as other leaves or not at all', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 255 }), (leaves, at, by) => {
        const bundle = encodeEntryBundle(leaves);
        expect(decodeEntryBundle(bundle).map((leaf) => Buffer.from(leaf))).toEqual(
          leaves.map((leaf) => Buffer.from(leaf)),
        );
        bundle[at % bundle.length]! ^= by;
        if (isAccepted(() => decodeEntryBundle(bundle)))
          expect(Buffer.from(encodeEntryBundle(decodeEntryBundle(bundle)))).toEqual(Buffer.from(bundle));
      }),
    );
  });
});
