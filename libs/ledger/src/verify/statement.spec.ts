import { cosign } from '../note/cosignature.ts';
import { formatCheckpoint } from '../note/checkpoint.ts';
import { newSigningKey } from '../note/keys.ts';
import { formatNote, parseNote, signNote, type Signature } from '../note/note.ts';
import { readStatement, type TrustedKeys } from './statement.ts';

const ORIGIN = 'ledger.test/unit/main';
const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const logKey = newSigningKey(ORIGIN, 'ed25519', seed(1));
const newerKey = newSigningKey(ORIGIN, 'ed25519', seed(2));
const witness = newSigningKey('witness.test', 'cosignature-v1', seed(3));
const keys: TrustedKeys = { log: [logKey], witnesses: [witness] };

const text = formatCheckpoint({ origin: ORIGIN, size: 5, root: seed(9) });
const signed = (...by: (typeof logKey)[]) => parseNote(signNote(text, by)).signatures;
const noteOf = (...signatures: readonly Signature[]) => formatNote({ text, signatures });
const cosigned = cosign(text, witness, 1_700_000_000);
const spoiled = (signature: Signature): Signature => ({
  ...signature,
  bytes: signature.bytes.with(20, 0x55 ^ signature.bytes[20]!),
});
const codes = (note: string, trusted = keys) => readStatement(note, ORIGIN, trusted).findings.map(({ code }) => code);

describe('a signed checkpoint', () => {
  it('says size and root, who signed, who cosigned and when', () => {
    const { statement, findings } = readStatement(noteOf(...signed(logKey), cosigned), ORIGIN, keys);
    expect(findings).toEqual([]);
    expect(statement).toMatchObject({ size: 5, root: seed(9), unknown: [] });
    expect(statement?.signedBy).toEqual([logKey]);
    expect(statement?.cosignatures).toEqual([{ witness: 'witness.test', atS: 1_700_000_000 }]);
  });

  it('is good with one known key of several, and names those that are not known', () => {
    const { statement, findings } = readStatement(noteOf(...signed(newerKey, logKey)), ORIGIN, keys);
    expect([findings, statement?.unknown, statement?.cosignatures]).toEqual([[], [ORIGIN], []]);
  });

  it.each<[string, string, string]>([
    ['a signature that is not that of this text', 'SIGNATURE_WRONG', noteOf(spoiled(signed(logKey)[0]!))],
    ['a wrong signature beside a right one', 'COSIGNATURE_WRONG', noteOf(...signed(logKey), spoiled(cosigned))],
    ['the key of somebody else', 'SIGNER_UNKNOWN', noteOf(...signed(newerKey))],
    ['the word of a witness alone', 'SIGNER_UNKNOWN', noteOf(cosigned)],
    ['another log', 'ORIGIN_MISMATCH', signNote(text.replace('unit', 'other'), [logKey])],
    ['no checkpoint', 'CHECKPOINT_MALFORMED', signNote('hello\n', [logKey])],
    ['no note', 'CHECKPOINT_MALFORMED', text],
  ])('of %s is refused as %s', (_, code, note) => {
    expect(codes(note)).toEqual([code]);
  });

  it('is believed of nobody when no key is known', () => {
    expect(codes(noteOf(...signed(logKey)), { log: [], witnesses: [] })).toEqual(['SIGNER_UNKNOWN']);
  });
});
