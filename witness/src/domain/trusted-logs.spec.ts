import { formatVerifierKey, newSigningKey } from '@causeway/ledger';
import { logKey, ORIGIN } from '../../test/test-log.features.ts';
import { parseTrustedLogs } from './trusted-logs.ts';

const vkey = formatVerifierKey(logKey(ORIGIN, 1));
const other = formatVerifierKey(logKey(ORIGIN, 2));
const ofWitness = formatVerifierKey(newSigningKey('w.test/1', 'cosignature-v1', new Uint8Array(32).fill(1)));
const fileOf = (...logs: readonly unknown[]): string => JSON.stringify({ logs });

describe('the file of trusted logs', () => {
  it('names the keys of each log', () => {
    const trusted = parseTrustedLogs(fileOf({ origin: ORIGIN, vkeys: [vkey, other] }));
    expect(trusted.get(ORIGIN)?.map(formatVerifierKey)).toEqual([vkey, other]);
    expect(trusted.size).toBe(1);
  });

  it('may trust nobody', () => {
    expect(parseTrustedLogs('{"logs":[]}').size).toBe(0);
  });

  it.each([
    ['no JSON', '{"logs":', 'JSON'],
    ['a list', '[]', 'must be an object'],
    ['no logs', '{}', 'logs must be a list'],
    ['a field that nobody knows', '{"logs":[],"log":[]}', 'unknown field log'],
    ['a log without a name', fileOf({ vkeys: [vkey] }), 'origin'],
    ['a log without a key', fileOf({ origin: ORIGIN, vkeys: [] }), 'has no key'],
    ['a misspelt field', fileOf({ origin: ORIGIN, vkeys: [vkey], vkey }), 'unknown field vkey'],
    ['a log twice', fileOf({ origin: ORIGIN, vkeys: [vkey] }, { origin: ORIGIN, vkeys: [other] }), 'named twice'],
    ['a key twice', fileOf({ origin: ORIGIN, vkeys: [vkey, vkey] }), 'key twice'],
    ['a number for a key', fileOf({ origin: ORIGIN, vkeys: [1] }), 'must be text'],
    ['a key that is none', fileOf({ origin: ORIGIN, vkeys: ['key'] }), 'verifier key'],
    ['a key with another id', fileOf({ origin: ORIGIN, vkeys: [vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+')] }), 'id'],
    ['the key of a witness', fileOf({ origin: ORIGIN, vkeys: [ofWitness] }), 'key of a witness'],
  ])('is refused with %s', (_, text, why) => {
    expect(() => parseTrustedLogs(text)).toThrow(why);
  });
});
