import { chainStop } from './chain-guard.ts';

const chain = (length: number) => Array.from({ length }, (_, n) => `n${n}.example.org`);

describe('a chain of aliases', () => {
  it('has at most eight', () => {
    expect(chainStop(chain(9))).toBeUndefined();
    expect(chainStop(chain(10))).toMatchObject({ code: 'ADDRESS_REFUSED' });
  });
  it('does not turn in a circle', () => {
    expect(chainStop(['a.example.org', 'b.example.org', 'a.example.org'])).toMatchObject({ code: 'ADDRESS_REFUSED' });
  });
  it.each(['localhost', 'target.local', 'metadata.google.internal', 'router'])('does not lead to %s', (last) => {
    expect(chainStop(['a.example.org', last])).toMatchObject({ code: 'ADDRESS_REFUSED' });
  });
});
