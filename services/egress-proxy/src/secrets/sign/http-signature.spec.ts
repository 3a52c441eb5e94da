import { createHash } from 'node:crypto';
import { contentDigest, hmacSha256, signatureBase, signatureParameters, signedFields } from './http-signature.ts';

/** RFC 9421 appendix B.1.5 and B.2.5. */
const KEY = Buffer.from(
  'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==',
  'base64',
);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a signature of a request', () => {
  it('is the one that RFC 9421 publishes for a shared key', () => {
    const components = [
      ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
      ['@authority', 'example.com'],
      ['content-type', 'application/json'],
    ] as const;
    const parameters = signatureParameters(components, { createdSeconds: 1_618_884_473, keyId: 'test-shared-secret' });
    expect(parameters).toBe('("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"');
    expect(hmacSha256(KEY, signatureBase(components, parameters))).toBe('pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=');
  });

  it('has the digest of the body that RFC 9530 publishes', () => {
    expect(contentDigest(sha256('{"hello": "world"}'))).toBe('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:');
  });

  const request = { method: 'POST', authority: 'api.example', path: '/v1/a', query: 'x=1' };
  const signing = { key: KEY, keyId: 'k1', createdSeconds: 1_700_000_000 };

  it('covers method, authority, path, query, type and body', () => {
    const body = { headers: { 'content-type': 'text/plain' }, bodySha256: sha256('hello') };
    const fields = signedFields({ ...request, ...body }, signing);
    const parameters =
      '("@method" "@authority" "@path" "@query" "content-type" "content-digest");created=1700000000;keyid="k1";alg="hmac-sha256"';
    expect(fields['signature-input']).toBe(`causeway=${parameters}`);
    const base = [
      '"@method": POST',
      '"@authority": api.example',
      '"@path": /v1/a',
      '"@query": ?x=1',
      '"content-type": text/plain',
      `"content-digest": ${contentDigest(sha256('hello'))}`,
      `"@signature-params": ${parameters}`,
    ].join('\n');
    expect(fields['signature']).toBe(`causeway=:${hmacSha256(KEY, base)}:`);
  });

  it('is another one for any other request', () => {
    const plain = { ...request, headers: {}, bodySha256: undefined };
    const others = [
      plain,
      { ...plain, method: 'GET' },
      { ...plain, authority: 'api.example:8443' },
      { ...plain, path: '/v1/b' },
      { ...plain, query: '' },
      { ...plain, bodySha256: sha256('') },
      { ...plain, headers: { 'content-type': 'text/plain' } },
    ];
    expect(new Set(others.map((one) => signedFields(one, signing)['signature'])).size).toBe(others.length);
  });
});
