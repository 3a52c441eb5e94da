import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listWitness, publishedKeys, trustKeys } from './trust.ts';

describe('the trust between a log and its witness', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-trust-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const publish = (...keys: readonly object[]): void =>
    writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys }));
  const at = '2026-01-01T00:00:00.000Z';

  it('is in the keys that sign now, not in those that were retired', () => {
    publish({ vkey: 'old', addedAt: at, retiredAt: at }, { vkey: 'a', addedAt: at }, { vkey: 'b', addedAt: at });
    expect(publishedKeys(folder)).toEqual(['a', 'b']);
  });

  it('is in nobody before the signer has made a key', () => {
    expect(publishedKeys(join(folder, 'nowhere'))).toEqual([]);
  });

  it('is written down for the witness as it reads it', () => {
    const file = join(folder, 'witness', 'logs.json');
    trustKeys(file, 'ledger.test/main', ['a', 'b']);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      logs: [{ origin: 'ledger.test/main', vkeys: ['a', 'b'] }],
    });
  });

  it('leaves files alone that say so already, so that nobody reads them again', () => {
    const [logs, witnesses] = [join(folder, 'logs.json'), join(folder, 'witnesses.json')];
    const write = (vkey: string): readonly number[] => {
      trustKeys(logs, 'ledger.test/main', [vkey]);
      listWitness(witnesses, { url: 'http://127.0.0.1:1', vkey });
      return [statSync(logs).ino, statSync(witnesses).ino];
    };
    const [first, second, third] = [write('a'), write('a'), write('b')];
    expect(second).toEqual(first);
    expect(third[0]).not.toBe(first[0]);
    expect(third[1]).not.toBe(first[1]);
  });
});
