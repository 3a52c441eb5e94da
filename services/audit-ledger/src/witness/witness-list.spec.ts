import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatVerifierKey, newSigningKey } from '@causeway/ledger';
import type { Log } from '@causeway/messaging';
import { parseWitnesses, witnessesFile } from './witness-list.ts';
import { witnessView } from './witness-views.ts';
import { witnessKey, witnessOf } from './witness.features.ts';

const quiet: Log = { info: () => {}, warn: () => {}, error: () => {} };
const url = 'http://127.0.0.1:1/';
const vkey = formatVerifierKey(witnessKey());
const logVkey = formatVerifierKey(newSigningKey('log.test', 'ed25519', new Uint8Array(32)));

describe('the list of witnesses', () => {
  it('is read from addresses and keys', () => {
    expect(parseWitnesses(JSON.stringify([{ url, vkey }]))).toMatchObject([
      { url, vkey, key: { name: 'witness.test/one' } },
    ]);
  });

  it.each([
    ['{}', 'expected array'],
    [JSON.stringify([{ url, vkey: 'x' }]), 'vkey'],
    [JSON.stringify([{ url, vkey: logVkey }]), 'the key of a log'],
    [JSON.stringify([{ url: 'ftp://w.test', vkey }]), 'http or https'],
    [JSON.stringify([{ url, vkey, trust: true }]), 'trust'],
  ])('refuses %s', (text, says) => {
    expect(() => parseWitnesses(text)).toThrow(says);
  });

  it('follows its file, and keeps what it was while the file cannot be understood', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'causeway-witnesses-')), 'witnesses.json');
    const witnesses = witnessesFile(file, quiet);
    expect(witnesses()).toEqual([]);
    writeFileSync(file, JSON.stringify([{ url, vkey }]));
    expect(witnesses()).toHaveLength(1);
    writeFileSync(file, '[{');
    expect(witnesses()).toHaveLength(1);
    rmSync(file);
    expect(witnesses()).toEqual([]);
    expect(witnessesFile(undefined, quiet)()).toEqual([]);
  });
});

describe('what is told of a witness', () => {
  const of = {
    witness: witnessOf(witnessKey()),
    cosigned: { size: 3, at: '2026-01-01T00:00:00.000Z' },
    problem: undefined,
  };
  const newest = { size: 9, signedAt: '2026-01-01T00:00:10.000Z' };
  const at = Date.parse(newest.signedAt);

  it('has no problem while its cosignature may be under way, or is there', () => {
    expect(witnessView(of, newest, at + 15_000)).not.toHaveProperty('problem');
    expect(witnessView(of, { ...newest, size: 3 }, at + 60_000)).not.toHaveProperty('problem');
  });

  it('shows what went wrong, and on a replica that asks nobody that it is missing', () => {
    expect(witnessView({ ...of, problem: 'no answer' }, newest, at)).toMatchObject({
      cosignedSize: 3,
      problem: 'no answer',
    });
    expect(witnessView({ ...of, cosigned: undefined }, newest, at + 15_001).problem).toContain('9 events');
  });
});
