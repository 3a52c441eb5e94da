import { canonicalUrl, type CanonicalUrl } from '@causeway/policy';
import { ruleBodyStop, ruleOriginStop } from './rule-guard.ts';

const urlOf = (raw: string): CanonicalUrl => {
  const read = canonicalUrl(raw);
  if (!read.ok) throw new Error(read.detail);
  return read.url;
};

describe('the numbers of a rule', () => {
  it('bound a body in bytes, not characters', () => {
    expect(ruleBodyStop('üü', { maxRequestBytes: 4 })).toBeUndefined();
    expect(ruleBodyStop('üü', { maxRequestBytes: 3 })).toMatchObject({
      code: 'REQUEST_BODY_TOO_LARGE',
      stage: 'policy',
    });
    expect(ruleBodyStop(undefined, { maxRequestBytes: 0 })).toBeUndefined();
  });

  it('keep redirects at their origin, where the rule says so', () => {
    const from = urlOf('https://a.example.org/x');
    const stays = { redirects: 'same-origin' } as const;
    expect(ruleOriginStop(from, urlOf('https://a.example.org/y'), stays)).toBeUndefined();
    for (const to of ['https://b.example.org/x', 'https://a.example.org:444/x', 'http://a.example.org:443/x'])
      expect(ruleOriginStop(from, urlOf(to), stays)).toMatchObject({ code: 'POLICY_DENIED', stage: 'redirect' });
    expect(ruleOriginStop(from, urlOf('https://b.example.org/x'), { redirects: 'rules' })).toBeUndefined();
  });
});
