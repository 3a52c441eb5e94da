import {
  cosign,
  formatCheckpoint,
  formatSignature,
  formatVerifierKey,
  newSigningKey,
  signNote,
  type OpenBundle,
} from '@causeway/ledger';
import { checkpointOf } from './bundle-checkpoint.ts';

const ORIGIN = 'ledger.test/import';
const TIME_S = 1_700_000_000;
const root = new Uint8Array(32).fill(7);
const keyOf = (fill: number) => newSigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(fill));
const [key, stranger] = [keyOf(1), keyOf(2)];
const witness = newSigningKey('witness.test/a', 'cosignature-v1', new Uint8Array(32).fill(3));
const text = formatCheckpoint({ origin: ORIGIN, size: 300, root });
const note = signNote(text, [key]);
const line = formatSignature(cosign(text, witness, TIME_S));

const bundle = (change: Partial<OpenBundle['manifest']> = {}, of = note + line): OpenBundle => ({
  manifest: { origin: ORIGIN, from: 0, to: 300, ...change },
  note: of,
  keys: { log: [formatVerifierKey(stranger)], witnesses: [formatVerifierKey(witness)] },
  source: () => {
    throw new Error('nothing is read');
  },
});
const read = (of: OpenBundle) => checkpointOf(of, ORIGIN, [formatVerifierKey(key)]);

describe('the checkpoint of a bundle', () => {
  it('is taken apart into what the log signed and what witnesses did', () => {
    const cosignedAt = new Date(TIME_S * 1_000).toISOString();
    const cosignatures = [{ size: 300, witness: formatVerifierKey(witness), line, cosignedAt }];
    expect(read(bundle())).toEqual({ size: 300, root, note, cosignatures });
  });

  it('is believed by the keys that were given, not by those that the bundle brings', () => {
    expect(() => read(bundle({}, signNote(text, [stranger])))).toThrow(/known of the log are/);
  });

  it('is refused when a witness did not sign what stands under its name', () => {
    const other = formatSignature(cosign(formatCheckpoint({ origin: ORIGIN, size: 301, root }), witness, TIME_S));
    expect(() => read(bundle({}, note + other))).toThrow(/not its signature of this checkpoint/);
  });

  it.each([{ from: 256 }, { to: 256 }])('is refused for a part of a log: %p', (part) => {
    expect(() => read(bundle(part))).toThrow(/only a whole one can be gone on from/);
  });

  it('is refused for a log of another name', () => {
    expect(() => checkpointOf(bundle(), 'ledger.test/other', [formatVerifierKey(key)])).toThrow(
      'set CAUSEWAY_LEDGER_ORIGIN to it',
    );
  });
});
