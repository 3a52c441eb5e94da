import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { authorityCertificate, leafCertificate } from './certificates.ts';
import { hostsOf } from './run-authorities.ts';
import { runKey } from './run-key.ts';

const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-01-02T00:00:00Z') };
const key = runKey(Buffer.alloc(32, 1), 'run-1');
const made = { validity, serialNumber: '0100ff' };
const authority = async (hosts?: readonly string[]) =>
  new X509Certificate(await authorityCertificate({ key, name: 'causeway run-1', hosts, ...made }));

describe('the certificate of an authority', () => {
  it('vouches for itself, for other certificates, and for its time', async () => {
    const own = await authority();
    expect(own.ca).toBe(true);
    expect(own.verify(createPublicKey(key))).toBe(true);
    expect([own.subject, own.issuer, own.serialNumber]).toEqual(['CN=causeway run-1', 'CN=causeway run-1', '0100FF']);
    expect([own.validFromDate, own.validToDate]).toEqual([validity.notBefore, validity.notAfter]);
  });

  it('holds to hosts, and never to addresses (RFC 5280 section 4.2.1.10)', async () => {
    const [held, any] = [await authority(['a.example.org', 'example.net']), await authority()];
    const dns = (host: string) => Buffer.concat([Buffer.from([0x82, host.length]), Buffer.from(host)]);
    for (const host of ['a.example.org', 'example.net']) {
      expect(held.raw.includes(dns(host))).toBe(true);
      expect(any.raw.includes(dns(host))).toBe(false);
    }
    for (const { raw } of [held, any])
      for (const length of [8, 32])
        expect(raw.includes(Buffer.from([0x87, length, ...Buffer.alloc(length)]))).toBe(true);
  });

  it('is held to the hosts of the patterns, or to none where every host is meant', () => {
    expect(hostsOf(['a.example.org', '*.example.net'])).toEqual(['a.example.org', 'example.net']);
    expect(hostsOf(['a.example.org', '*'])).toBeUndefined();
  });
});

describe('the certificate of a server', () => {
  it('is for one host, issued by the authority, and no authority itself', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const issuer = { key, name: 'causeway run-1' };
    const pem = await leafCertificate({ authority: issuer, publicKey, host: 'a.example.org', ...made });
    const leaf = new X509Certificate(pem);
    expect(leaf.checkIssued(await authority())).toBe(true);
    expect(leaf.verify(createPublicKey(key))).toBe(true);
    expect([leaf.ca, leaf.subjectAltName]).toEqual([false, 'DNS:a.example.org']);
    expect(leaf.checkHost('b.example.org')).toBeUndefined();
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect([leaf.validFromDate, leaf.validToDate]).toEqual([validity.notBefore, validity.notAfter]);
  });
});
