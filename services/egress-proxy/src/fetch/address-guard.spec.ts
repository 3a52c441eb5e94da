import { canonicalUrl, type CanonicalUrl } from '@causeway/policy';
import { addressStop, chosenAddress, knownAddress, nameStop } from './address-guard.ts';

const rules = {
  named: [{ name: 'wiki', host: 'wiki.internal', address: '10.0.0.5', port: 80 }],
  profile: 'hardened',
} as const;
function urlOf(raw: string): CanonicalUrl {
  const read = canonicalUrl(raw);
  if (!read.ok) throw new Error(read.detail);
  return read.url;
}

describe('the address guard', () => {
  it('knows the address of named destinations and of literals without DNS', () => {
    expect(knownAddress(urlOf('http://wiki.internal/'), rules)).toBe('10.0.0.5');
    expect(knownAddress(urlOf('http://2130706433/'), rules)).toBe('127.0.0.1');
    expect(knownAddress(urlOf('http://wiki.internal:81/'), rules)).toBeUndefined();
  });
  it('does not ask DNS for names of local networks', () => {
    expect(nameStop(urlOf('http://metadata.google.internal/'))).toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect(nameStop(urlOf('http://localhost/'))).toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect(nameStop(urlOf('https://example.org/'))).toBeUndefined();
  });
  it('refuses all answers when one of them must not be reached', () => {
    const url = urlOf('https://example.org/');
    expect(addressStop(url, ['93.184.216.34', '2606:4700::1'], rules)).toBeUndefined();
    expect(addressStop(url, ['93.184.216.34', '127.0.0.1'], rules)).toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect(addressStop(url, ['93.184.216.34', '64:ff9b::a9fe:a9fe'], rules)).toMatchObject({ code: 'ADDRESS_REFUSED' });
  });
  it('dials IPv4 first', () => {
    expect(chosenAddress(['2606:4700::1', '93.184.216.34'])).toBe('93.184.216.34');
    expect(chosenAddress(['2606:4700::1'])).toBe('2606:4700::1');
  });
});
