import { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
import { formatCheckpoint, openCheckpoint } from './checkpoint.ts';
import { cosign, cosignedAt } from './cosignature.ts';
import { formatSigningKey, formatVerifierKey, newSigningKey, parseSigningKey, parseVerifierKey } from './keys.ts';
import { formatNote, openNote, parseNote, signNote } from './note.ts';
import { formatTlogProof, parseTlogProof } from '../proof/tlog-proof.ts';

const ORIGIN = 'ledger.test/unit/main';
const seed = (fill: number) => new Uint8Array(32).fill(fill);
const logKey = newSigningKey(ORIGIN, 'ed25519', seed(1));
const nextKey = newSigningKey(ORIGIN, 'ed25519', seed(2));
const witness = newSigningKey('witness.test/w1', 'cosignature-v1', seed(3));
const checkpoint = { origin: ORIGIN, size: 5, root: seed(7) };
const text = formatCheckpoint(checkpoint);
const signed = signNote(text, [logKey]);
const cosigned = formatNote({
  text,
  signatures: [...parseNote(signed).signatures, cosign(text, witness, 1_700_000_000)],
});
const codeOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('a key', () => {
  it('comes back from its text as it was', () => {
    for (const key of [logKey, witness]) {
      expect(parseSigningKey(formatSigningKey(key))).toEqual(key);
      expect(formatVerifierKey(parseVerifierKey(formatVerifierKey(key)))).toBe(formatVerifierKey(key));
    }
  });
});

describe('a signed note', () => {
  it('says which known keys signed it', () => {
    const both = signNote(text, [logKey, nextKey]);
    expect(openNote(both, [logKey, nextKey]).verified).toEqual([logKey, nextKey]);
    expect(openNote(both, [nextKey])).toMatchObject({ verified: [nextKey], unverified: [{ keyId: logKey.keyId }] });
  });

  it('is refused when no known key signed it', () => {
    expect(codeOf(() => openNote(signed, [nextKey]))).toBe('NOT_SIGNED_BY_KNOWN_KEY');
  });

  it('is refused when a known key signed something else', () => {
    expect(codeOf(() => openNote(signed.replace('\n5\n', '\n6\n'), [logKey]))).toBe('SIGNATURE_WRONG');
  });
});

describe('a checkpoint', () => {
  it('opens with the key of its log', () => {
    expect(openCheckpoint(cosigned, ORIGIN, [logKey, witness])).toEqual({
      ...checkpoint,
      root: Buffer.from(seed(7)),
      verified: [logKey, witness],
    });
  });

  it('is refused when only a witness signed it', () => {
    expect(codeOf(() => openCheckpoint(cosigned, ORIGIN, [witness]))).toBe('NOT_SIGNED_BY_LOG');
  });

  it('is refused as that of another log', () => {
    expect(codeOf(() => openCheckpoint(signed, 'ledger.test/other/main', [logKey]))).toBe('ORIGIN_MISMATCH');
  });

  it('carries the time at which a witness saw it', () => {
    const [, cosignature] = parseNote(cosigned).signatures;
    expect(cosignedAt(text, cosignature!, witness)).toBe(1_700_000_000);
    expect(cosignedAt(text.replace('\n5\n', '\n6\n'), cosignature!, witness)).toBeUndefined();
  });
});

describe('what carries a checkpoint', () => {
  it('comes back from its text as it was', () => {
    const request = { oldSize: 3, proof: [Buffer.from(seed(8)), Buffer.from(seed(9))], note: signed };
    expect(parseAddCheckpoint(formatAddCheckpoint(request))).toEqual(request);
    const proof = { index: 4, proof: [Buffer.from(seed(8))], checkpoint: signed, extra: Buffer.from('salt') };
    expect(parseTlogProof(formatTlogProof(proof))).toEqual(proof);
  });
});
