import { mayDial, type DialProfile } from './dial.ts';

const named = [
  { name: 'wiki', host: 'wiki.corp', address: '10.0.0.5', port: 8080 },
  { name: 'demo', host: 'demo.internal', address: '127.0.0.1', port: 4790 },
  { name: 'pinned', host: 'api.example.org', address: '93.184.216.34', port: 443 },
  { name: 'meta', host: 'meta.internal', address: '169.254.169.254', port: 80 },
  { name: 'link', host: 'link.internal', address: 'fe80::1', port: 80 },
];
const ask = (ip: string, host: string, port: number, profile: DialProfile = 'hardened') =>
  mayDial({ ip, host, port, named, profile });

describe('whether an address may be dialled', () => {
  it('allows a public address for any host', () => {
    expect(ask('8.8.8.8', 'dns.google', 443)).toEqual({ ok: true, class: 'public' });
  });

  it('allows a private address only for the host, address and port that a destination names', () => {
    expect(ask('10.0.0.5', 'wiki.corp', 8080)).toEqual({ ok: true, class: 'private' });
    expect(ask('10.0.0.5', 'wiki.corp', 8081)).toMatchObject({ ok: false, code: 'ADDRESS_NOT_NAMED' });
    expect(ask('10.0.0.6', 'wiki.corp', 8080)).toMatchObject({ ok: false, code: 'ADDRESS_NOT_NAMED' });
    expect(ask('10.0.0.5', 'evil.example.org', 8080)).toMatchObject({ ok: false, code: 'ADDRESS_NOT_NAMED' });
  });

  it('allows a named destination on the machine itself in the dev profile only', () => {
    expect(ask('127.0.0.1', 'demo.internal', 4790, 'dev')).toEqual({ ok: true, class: 'loopback' });
    expect(ask('127.0.0.1', 'demo.internal', 4790)).toMatchObject({ ok: false, code: 'ADDRESS_CLASS_REFUSED' });
    expect(ask('127.0.0.1', 'other.example.org', 4790, 'dev')).toMatchObject({ ok: false, code: 'ADDRESS_NOT_NAMED' });
  });

  it('never allows link-local and metadata addresses, named or not, in any profile', () => {
    for (const profile of ['dev', 'hardened'] as const) {
      expect(ask('169.254.169.254', 'meta.internal', 80, profile)).toMatchObject({ ok: false, class: 'metadata' });
      expect(ask('fe80::1', 'link.internal', 80, profile)).toMatchObject({ ok: false, class: 'link-local' });
    }
  });

  it('reaches a named host at its named address only, even when both addresses are public', () => {
    expect(ask('93.184.216.34', 'api.example.org', 443)).toEqual({ ok: true, class: 'public' });
    expect(ask('8.8.8.8', 'api.example.org', 443)).toMatchObject({ ok: false, code: 'ADDRESS_NOT_NAMED' });
  });

  it.each(['64:ff9b::a00:5', '::10.0.0.5', '2002:a00:5::1', '::ffff:10.0.0.5', '0.0.0.0', '224.0.0.1', 'x'])(
    'refuses %s for the host that names 10.0.0.5',
    (ip) => {
      expect(ask(ip, 'wiki.corp', 8080, 'dev').ok).toBe(false);
    },
  );
});
