import { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { cosign, cosignedAt } from './cosignature.ts';
import { formatSigningKey, formatVerifierKey, newSigningKey, parseSigningKey, parseVerifierKey } from './keys.ts';
import {
  formatNote,
  formatSignature,
  MAX_NOTE_LENGTH,
  openNote,
  parseNote,
  parseSignatureLines,
  signNote,
} from './note.ts';
import { formatTlogProof, parseTlogProof } from '../proof/tlog-proof.ts';

const ORIGIN = 'ledger.test/unit/main';
const seed = (fill: number) => new Uint8Array(32).fill(fill);
const logKey = newSigningKey(ORIGIN, 'ed25519', seed(1));
const witness = newSigningKey('witness.test/w1', 'cosignature-v1', seed(3));
const checkpoint = { origin: ORIGIN, size: 5, root: seed(7) };
const text = formatCheckpoint(checkpoint);
const signed = signNote(text, [logKey]);
const line = signed.slice(text.length + 1);
const hash = Buffer.from(seed(8)).toString('base64');
const vkey = formatVerifierKey(logKey);
const vkeyOf = (...bytes: number[]) => `${ORIGIN}+00000000+${Buffer.from(bytes).toString('base64')}`;
const otherBase64 = (encoded: string) => encoded.replace(/A=\n$/, 'B=\n');

const codeOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('a verifier key is refused', () => {
  it.each([
    ['without anything', ''],
    ['of two parts', 'name+00000000'],
    ['without a name', vkey.slice(ORIGIN.length)],
    ['with a space in its name', vkey.replace('unit', 'un it')],
    ['with a line break in its name', vkey.replace('unit', 'un\nit')],
    ['with a no-break space in its name', vkey.replace('unit', 'un\u00a0it')],
    ['with a tab in its name', vkey.replace('unit', 'un\tit')],
    ['with half a character in its name', vkey.replace('unit', '\ud800')],
    ['with an id in capitals', vkey.replace(/\+[0-9a-f]{8}\+/, (id) => id.toUpperCase())],
    ['with a short id', vkey.replace(/\+[0-9a-f]{8}\+/, '+0000000+')],
    ['that is no base64', `${vkey}!`],
    ['with a line break after it', `${vkey}\n`],
    ['of no bytes', `${ORIGIN}+00000000+`],
    ['of another type', vkeyOf(2, ...seed(1))],
    ['that is too short', vkeyOf(1, ...seed(1).subarray(1))],
    ['that is too long', vkeyOf(1, 0, ...seed(1))],
  ])('%s', (_, malformed) => {
    expect(codeOf(() => parseVerifierKey(malformed))).toBe('KEY_MALFORMED');
  });

  it('whose id is that of another key', () => {
    expect(codeOf(() => parseVerifierKey(vkeyOf(1, ...seed(1))))).toBe('KEY_ID_MISMATCH');
    expect(codeOf(() => parseVerifierKey(vkey.replace('unit', 'test')))).toBe('KEY_ID_MISMATCH');
  });
});

describe('a signing key is refused', () => {
  it.each([
    ['that is a verifier key', vkey],
    ['without its end', formatSigningKey(logKey).slice(0, -4)],
  ])('%s', (_, malformed) => {
    expect(codeOf(() => parseSigningKey(malformed))).toBe('KEY_MALFORMED');
  });

  it('whose id is that of another key', () => {
    const renamed = formatSigningKey(logKey).replace('unit', 'test');
    expect(codeOf(() => parseSigningKey(renamed))).toBe('KEY_ID_MISMATCH');
  });

  it('of a seed that is not 32 bytes, or a name that no note can hold', () => {
    expect(codeOf(() => newSigningKey(ORIGIN, 'ed25519', seed(1).subarray(1)))).toBe('KEY_MALFORMED');
    for (const name of ['', 'a b', 'a+b', 'a\u2003b', 'a\nb', 'a\u0001'])
      expect(codeOf(() => newSigningKey(name, 'ed25519', seed(1)))).toBe('KEY_MALFORMED');
  });

  it('without a word of its secret', () => {
    const secret = formatSigningKey(logKey).split('+').at(-1)!;
    for (const malformed of [formatSigningKey(logKey).replace('unit', 'test'), `${formatSigningKey(logKey)}!`]) {
      expect(() => parseSigningKey(malformed)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining(secret) as string }),
      );
    }
  });
});

describe('a note is refused', () => {
  it.each([
    ['without anything', ''],
    ['without an empty line', text + line],
    ['without a signature', `${text}\n`],
    ['whose last line does not end', signed.slice(0, -1)],
    ['with a line between text and signatures that is none', `${text}\nhello\n${line}`],
    ['with a line after the signatures', `${signed}hello\n`],
    ['with a hyphen for the dash', signed.replace('\u2014', '-')],
    ['with an en dash for the dash', signed.replace('\u2014', '\u2013')],
    ['with two spaces after the dash', signed.replace('\u2014 ', '\u2014  ')],
    ['with a plus in the name', signed.replace(`\u2014 ${ORIGIN}`, '\u2014 a+b')],
    ['with a no-break space in the name', signed.replace(`\u2014 ${ORIGIN}`, '\u2014 a\u00a0b')],
    ['with a third word', `${signed.slice(0, -1)} word\n`],
    ['with a signature that is no base64', `${text}\n\u2014 ${ORIGIN} !!!!\n`],
    ['with a signature of loose bits', `${text}\n${otherBase64(`\u2014 ${ORIGIN} AAAAAAA=\n`)}`],
    ['with a signature of a key id only', `${text}\n\u2014 ${ORIGIN} AAAAAA==\n`],
    ['with a carriage return', signed.replace('\n', '\r\n')],
    ['with a zero byte', signed.replace('5', '5\0')],
    ['with a tab', signed.replace('5', '5\t')],
    ['with half a character', signed.replace('5', '\ud800')],
    ['with 101 signatures', `${text}\n${line.repeat(101)}`],
    ['that is too long', `${'a'.repeat(MAX_NOTE_LENGTH)}\n\n${line}`],
  ])('%s', (_, malformed) => {
    expect(codeOf(() => parseNote(malformed))).toBe('NOTE_MALFORMED');
    expect(codeOf(() => openNote(malformed, [logKey]))).toBe('NOTE_MALFORMED');
  });

  it('with one wrong signature of a known key beside a right one', () => {
    const other = newSigningKey(ORIGIN, 'ed25519', seed(2));
    const [right] = parseNote(signed).signatures;
    const wrong = { name: other.name, keyId: other.keyId, bytes: right!.bytes };
    const note = formatNote({ text, signatures: [right!, wrong] });
    expect(codeOf(() => openNote(note, [logKey, other]))).toBe('SIGNATURE_WRONG');
    expect(openNote(note, [logKey]).unverified).toHaveLength(1);
  });

  it('with a signature of another length', () => {
    const [right] = parseNote(signed).signatures;
    const cut = { ...right!, bytes: right!.bytes.subarray(1) };
    expect(codeOf(() => openNote(formatNote({ text, signatures: [cut] }), [logKey]))).toBe('SIGNATURE_WRONG');
  });

  it('when one key is given twice', () => {
    expect(codeOf(() => openNote(signed, [logKey, logKey]))).toBe('KEY_AMBIGUOUS');
  });

  it('never for signatures of unknown keys, up to 100, and counts a repeated line once', () => {
    const stranger = (n: number) => formatSignature({ name: `w${n}.test`, keyId: n, bytes: seed(n) });
    const lines = Array.from({ length: 99 }, (_, n) => stranger(n)).join('');
    expect(openNote(signed + lines, [logKey]).unverified).toHaveLength(99);
    expect(openNote(signed + line, [logKey]).verified).toEqual([logKey]);
  });

  it('before it is written', () => {
    const { signatures } = parseNote(signed);
    expect(codeOf(() => formatNote({ text: 'no end', signatures }))).toBe('NOTE_MALFORMED');
    expect(codeOf(() => formatNote({ text: 'tab\t\n', signatures }))).toBe('NOTE_MALFORMED');
    expect(codeOf(() => formatNote({ text, signatures: [] }))).toBe('NOTE_MALFORMED');
    expect(codeOf(() => formatSignature({ name: 'a b', keyId: 1, bytes: seed(1) }))).toBe('NOTE_MALFORMED');
    expect(codeOf(() => formatSignature({ name: 'a', keyId: 1, bytes: new Uint8Array() }))).toBe('NOTE_MALFORMED');
    expect(codeOf(() => signNote(text, [witness]))).toBe('KEY_MALFORMED');
  });

  it('as the answer of a witness', () => {
    expect(parseSignatureLines(line)).toEqual(parseNote(signed).signatures);
    for (const malformed of ['', '\n', line.slice(0, -1), `${line}\n`])
      expect(codeOf(() => parseSignatureLines(malformed))).toBe('NOTE_MALFORMED');
  });
});

describe('a checkpoint is refused', () => {
  it.each([
    ['without anything', ''],
    ['of two lines', `${ORIGIN}\n5\n`],
    ['without an origin', text.replace(ORIGIN, '')],
    ['whose last line does not end', text.slice(0, -1)],
    ['with an empty line', `${text}\n`],
    ['with an empty line before others', `${text}\nmore\n`],
    ...['', '-5', '+5', '05', '5.0', '5e0', '0x5', ' 5', '5 ', '٥', '9007199254740992', '18446744073709551616'].map(
      (size): [string, string] => [`of size «${size}»`, text.replace('\n5\n', `\n${size}\n`)],
    ),
    ['with a root that is too short', text.replace(/[^\n]+\n$/, 'AAAA\n')],
    ['with a root that is no base64', text.replace(/[^\n]+\n$/, `${'!'.repeat(44)}\n`)],
    ['with a root in hexadecimal', text.replace(/[^\n]+\n$/, `${'00'.repeat(32)}\n`)],
    ['with a root without padding', text.replace('=\n', '\n')],
  ])('%s', (_, malformed) => {
    expect(codeOf(() => parseCheckpoint(malformed))).toBe('CHECKPOINT_MALFORMED');
  });

  it('however well it is signed', () => {
    const note = signNote('hello\n', [logKey]);
    expect(codeOf(() => openCheckpoint(note, ORIGIN, [logKey]))).toBe('CHECKPOINT_MALFORMED');
  });

  it('before it is written', () => {
    for (const change of [
      { origin: '' },
      { origin: 'a\nb' },
      { size: -1 },
      { size: 0.5 },
      { root: seed(1).subarray(1) },
    ])
      expect(codeOf(() => formatCheckpoint({ ...checkpoint, ...change }))).toBe('CHECKPOINT_MALFORMED');
  });

  it('never for lines after the root', () => {
    expect(parseCheckpoint(`${text}more\n`)).toMatchObject({ size: 5, extensions: ['more'] });
  });
});

describe('a cosignature is refused', () => {
  const cosignature = cosign(text, witness, 1_700_000_000);

  it.each([
    ['under another name', { ...cosignature, name: 'witness.test/w2' }],
    ['under another id', { ...cosignature, keyId: 1 }],
    ['without its last byte', { ...cosignature, bytes: cosignature.bytes.subarray(0, -1) }],
    ['of another time', { ...cosignature, bytes: Uint8Array.from(cosignature.bytes).fill(1, 7, 8) }],
    ['of a time beyond exact numbers', { ...cosignature, bytes: Uint8Array.from(cosignature.bytes).fill(0xff, 0, 8) }],
  ])('%s', (_, signature) => {
    expect(cosignedAt(text, signature, witness)).toBeUndefined();
  });

  it('by a key that signs for a log, and by time that is none', () => {
    expect(codeOf(() => cosign(text, logKey, 1))).toBe('KEY_MALFORMED');
    expect(() => cosign(text, witness, -1)).toThrow(RangeError);
    expect(() => cosign(text, witness, 0.5)).toThrow(RangeError);
  });

  it('as the signature of the log that has the same bytes for a key', () => {
    const same = newSigningKey(witness.name, 'ed25519', witness.seed);
    expect(cosignedAt(text, { ...cosignature, keyId: same.keyId }, same)).toBeUndefined();
  });
});

describe('a request to a witness is refused', () => {
  const body = formatAddCheckpoint({ oldSize: 3, proof: [seed(8)], note: signed });

  it.each([
    ['without anything', ''],
    ['without an empty line', 'old 3\n'],
    ['without an old size', body.replace('old 3\n', '')],
    ['with another word', body.replace('old', 'new')],
    ['with an old size with a leading zero', body.replace('old 3', 'old 03')],
    ['with a negative old size', body.replace('old 3', 'old -3')],
    ['with an old size beyond exact numbers', body.replace('old 3', 'old 9007199254740992')],
    ['with a hash that is too short', body.replace(hash, 'AAAA')],
    ['with a hash that is no base64', body.replace(hash, '!'.repeat(44))],
    ['with 64 hashes', body.replace(`${hash}\n`, `${hash}\n`.repeat(64))],
  ])('%s', (_, malformed) => {
    expect(codeOf(() => parseAddCheckpoint(malformed))).toBe('PROOF_MALFORMED');
  });

  it('before it is written', () => {
    const request = { oldSize: 3, proof: [seed(8)], note: signed };
    for (const change of [{ oldSize: -1 }, { proof: [seed(1).subarray(1)] }, { proof: Array(64).fill(seed(1)) }])
      expect(codeOf(() => formatAddCheckpoint({ ...request, ...change }))).toBe('PROOF_MALFORMED');
  });
});

describe('a proof is refused', () => {
  const proof = formatTlogProof({ index: 4, proof: [seed(8)], checkpoint: signed, extra: seed(9) });

  it.each([
    ['without anything', ''],
    ['without an empty line', proof.slice(0, proof.indexOf('\n\n') + 1)],
    ['without its header', proof.slice(proof.indexOf('\n') + 1)],
    ['of another version', proof.replace('@v1', '@v2')],
    ['without an index', proof.replace('index 4\n', '')],
    ['with an index with a leading zero', proof.replace('index 4', 'index 04')],
    ['with an index that is no number', proof.replace('index 4', 'index four')],
    ['with a negative index', proof.replace('index 4', 'index -4')],
    ['with extra data after the index', proof.replace(/(extra .*\n)(index 4\n)/, '$2$1')],
    ['with extra data twice', proof.replace(/(extra .*\n)/, '$1$1')],
    ['with extra data that is no base64', proof.replace(/extra .*/, 'extra !')],
    ['with a hash that is too short', proof.replace(hash, 'AAAA')],
    ['with 64 hashes', proof.replace(`${hash}\n`, `${hash}\n`.repeat(64))],
  ])('%s', (_, malformed) => {
    expect(codeOf(() => parseTlogProof(malformed))).toBe('PROOF_MALFORMED');
  });

  it('before it is written', () => {
    const good = { index: 4, proof: [seed(8)], checkpoint: signed };
    for (const change of [{ index: -1 }, { proof: [seed(1).subarray(1)] }, { proof: Array(64).fill(seed(1)) }])
      expect(codeOf(() => formatTlogProof({ ...good, ...change }))).toBe('PROOF_MALFORMED');
  });
});
