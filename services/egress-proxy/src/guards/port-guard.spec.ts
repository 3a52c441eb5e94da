import { canonicalUrl, type CanonicalUrl } from '@causeway/policy';
import { portStop } from './port-guard.ts';

const urlOf = (raw: string): CanonicalUrl => {
  const read = canonicalUrl(raw);
  if (!read.ok) throw new Error(read.detail);
  return read.url;
};
const named = [{ name: 'inner', host: 'inner.corp', address: '10.0.0.1', port: 8080 }];

describe('ports', () => {
  it('on the list are used, whether the address says them or the scheme does', () => {
    for (const raw of ['https://example.org/', 'http://example.org/', 'https://example.org:80/'])
      expect(portStop(urlOf(raw), { ports: [80, 443], named })).toBeUndefined();
  });
  it('off the list are not, and the refusal says which are', () => {
    for (const port of [1, 22, 25, 444, 8080, 65_535])
      expect(portStop(urlOf(`https://example.org:${port}/`), { ports: [80, 443], named })).toMatchObject({
        code: 'POLICY_DENIED',
        allowed: [expect.stringContaining('80, 443')],
      });
  });
  it('of a named destination are used for it alone', () => {
    expect(portStop(urlOf('http://inner.corp:8080/'), { ports: [443], named })).toBeUndefined();
    expect(portStop(urlOf('http://inner.corp:8081/'), { ports: [443], named })).toMatchObject({
      code: 'POLICY_DENIED',
    });
  });
});
