import { isSpecialName } from './special-names.ts';

describe('special names', () => {
  it.each([
    'localhost',
    'a.localhost',
    'printer.local',
    'metadata.google.internal',
    'metadata.example.org',
    'intranet',
    'x.home.arpa',
    'x.onion',
  ])('%s is special', (host) => {
    expect(isSpecialName(host)).toBe(true);
  });
  it.each(['example.org', 'local.example.org', 'internal.example.com', 'example.com'])(
    '%s is an ordinary name',
    (host) => {
      expect(isSpecialName(host)).toBe(false);
    },
  );
});
