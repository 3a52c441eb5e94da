import { MAX_GRANT_MS } from '@causeway/contracts';
import { specification } from '@causeway/eventing';
import { APPROVAL, atMs, content, DIGEST, GRANT, type RunEvent } from '../../../test/run.features.ts';
import { approvalDecider, type ApprovalCommand } from '../../approvals/domain/approval.decide.ts';
import { matchedFields } from './issue-grant.ts';

const { given } = specification(approvalDecider);
const input = { url: 'u', method: 'POST', body: 'b' };
const asked = (more: Parameters<typeof content>[0] = {}): RunEvent => ({
  type: 'approval.requested',
  data: {
    ...{ content: content({ input, risk: 'medium', ...more }), digest: DIGEST, reason: 'Publish.' },
    ...{ requestedBy: 'researcher', at: atMs(0) },
  },
});
const standing = (more: object = {}) => ({
  ...{ grantId: GRANT, uses: 5, until: atMs(1_000), match: ['url', 'method', 'url'], matchDigest: 'f'.repeat(64) },
  ...more,
});
const grant = (more: object = {}): ApprovalCommand => ({
  ...{ type: 'grant', digest: DIGEST, reason: 'fine', by: 'ann', at: atMs(10) },
  standing: standing(more),
});

describe('granting more steps beforehand', () => {
  it('issues a grant in the append that grants the approval, bound to what makes steps alike', () => {
    const { agentId, capability, capabilityDigest, policy, rule } = content();
    const terms = {
      ...{ grantId: GRANT, approvalId: APPROVAL, agentId, capability, capabilityDigest, policy, rule, risk: 'medium' },
      ...{ match: ['method', 'url'], matchDigest: 'f'.repeat(64), uses: 5, until: atMs(1_000) },
    };
    const issued = { terms, matched: { method: 'POST', url: 'u' }, issuedBy: 'ann', reason: 'fine', at: atMs(10) };
    expect(given(asked()).when(grant())).toMatchObject({
      accepted: true,
      events: [{ type: 'approval.granted', data: { grantedBy: 'ann', grantId: GRANT } }],
      also: [{ stream: GRANT, expected: 'none', events: [{ type: 'grant.issued', data: issued }] }],
    });
  });

  it.each<[string, Parameters<typeof content>[0], object]>([
    ['a high risk', { risk: 'high' }, {}],
    ['a critical risk', { risk: 'critical' }, {}],
    ['a risk that nobody named', { risk: undefined }, {}],
    ['a quorum', { quorum: 2 }, {}],
    ['an extension of a budget', { kind: 'budget-extension' }, {}],
    ['a field that is not in the input', {}, { match: ['url', 'title'] }],
    ['a name that every object has', {}, { match: ['constructor'] }],
    ['an end that is past', {}, { until: atMs(10) }],
    ['an end too far away', {}, { until: atMs(11 + MAX_GRANT_MS) }],
  ])('is refused for %s', (_, more, terms) => {
    expect(given(asked(more)).when(grant(terms))).toMatchObject({ rejection: { code: 'GRANT_NOT_ALLOWED' } });
  });

  it('adds nothing the second time, and is not added to a grant without it', () => {
    const granted = (more: object): RunEvent => ({
      type: 'approval.granted',
      data: { approvalId: APPROVAL, digest: DIGEST, grantedBy: 'ann', reason: 'fine', at: atMs(10), ...more },
    });
    expect(given(asked(), granted({ grantId: GRANT })).when(grant())).toEqual({ accepted: true, events: [] });
    expect(given(asked(), granted({})).when(grant())).toMatchObject({ rejection: { code: 'APPROVAL_NOT_PENDING' } });
  });

  it('looks at the fields that are named, in the order of their names', () => {
    expect(JSON.stringify(matchedFields(input, ['url', 'body', 'url']))).toBe('{"body":"b","url":"u"}');
    expect(matchedFields(input, ['toString'])).toBeUndefined();
    const origin = (url: string) => matchedFields({ url }, ['url.origin'])?.['url.origin'];
    expect(origin('https://A.example.org./x?y')).toBe('https://a.example.org:443');
    expect(origin('http://[2001:db8::1]:81/')).toBe('http://[2001:db8::1]:81');
    expect(['https://u@a.example.org/', 'not an address'].map(origin)).toEqual([undefined, undefined]);
    expect(matchedFields({ 'url.origin': 'own' }, ['url.origin'])).toEqual({ 'url.origin': 'own' });
  });
});
