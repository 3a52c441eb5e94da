import { keysText } from './log-keys.ts';

describe('the keys of the log for people', () => {
  const key = { vkey: 'ledger.test+00000000+AA', addedAt: '2026-01-01T00:00:00.000Z' };

  it('says which sign and which are retired', () => {
    const text = keysText({ origin: 'ledger.test', keys: [{ ...key, retiredAt: '2026-02-01' }, key], witnesses: [] });
    expect(text.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'The log ledger.test',
      'KEY ADDED RETIRED',
      'ledger.test+00000000+AA 2026-01-01T00:00:00.000Z 2026-02-01',
      'ledger.test+00000000+AA 2026-01-01T00:00:00.000Z signs',
      'No witnesses.',
    ]);
  });

  it('shows what is wrong with a witness, and nothing that moves a cursor', () => {
    const witnesses = [{ name: 'w', vkey: 'w+1+AA', cosignedSize: 3, problem: 'no answer\u001b[2J' }];
    expect(keysText({ origin: 'ledger.test', keys: [key], witnesses })).toMatch(/w\+1\+AA +3 +no answer\\u\{1b\}\[2J$/);
  });
});
