import { erasedForm, EVENT_CONTRACTS } from '@causeway/contracts';
import { sentenceFor } from './sentences.ts';

const digest = 'ab'.repeat(32);
const policy = { pack: 'default', version: '1.0.0', digest };
const at = '2026-01-01T00:00:00.000Z';
const call = {
  method: 'GET',
  host: 'a.example',
  port: 443,
  path: '/x',
  code: 'DNS_FAILED',
  rule: 'a-rule',
  status: 200,
};
const rejection = { code: 'POLICY_DENIED', detail: 'no', rule: 'a-rule' };
const usage = { bytesIn: 1, bytesOut: 2, durationMs: 3 };

/** Every field that a sentence speaks of, with a value that can be recognised. */
const data = {
  ...{
    policy,
    agentId: 'agent-a',
    openedBy: 'op',
    revokedBy: 'op',
    reason: 'because',
    digest,
    at,
    ...call,
    usage,
    rejection,
  },
  ...{ budget: { steps: 5, wallClockMs: 1 }, predicate: { kind: 'manual' }, cause: 'approval', deadlineAt: at },
  ...{ claimedBy: 'agent-a', verifiedBy: 'predicate', evidence: ['publish'], cancelledBy: 'op', missing: 'a POST' },
  ...{ stepId: 'read-1', capability: 'network.http-fetch', input: { method: 'GET', url: 'https://a.example/' } },
  ...{
    verdict: 'ask',
    steps: 1,
    bytesIn: 1,
    bytesOut: 2,
    attempt: 1,
    owner: 'egress-proxy',
    sent: true,
    endedBy: 'client',
  },
  ...{ requestedBy: 'agent-a', grantedBy: 'op', deniedBy: 'op', sizeBytes: 9, label: 'untrusted' },
  ...{ listener: 'proxy-1', counts: { CREDENTIAL_MISSING: 2 } },
  ...{ provenance: { source: 'url', ref: 'https://a.example/' }, resourceId: 'res_1' },
  ...{ subgoalId: 'gather', addedBy: 'op', notedBy: 'agent-a', key: 'draft', value: 'x', note: 'done' },
  ...{
    definition: { spec: { kind: 'cron', expression: '0 0 * * *', timeZone: 'UTC' } },
    createdBy: 'op',
    changedBy: 'op',
  },
  ...{ occurrence: at, runId: 'run_1', nextAt: at, count: 1, why: 'overlap', outcome: 'done', pausedBy: 'op' },
  ...{ descriptor: { id: 'x.echo', version: '1', title: 'Echo', owner: 'x' }, id: 'x.echo', previousDigest: digest },
  ...{ resumedBy: 'op', excludedBy: 'op', activatedBy: 'clock' },
  ...{ by: 'op', name: 'paid', pulledBy: 'op', scope: 'run', runId: 'run_1', runs: 2, sessions: 1, liftedBy: 'op' },
  ...{ acknowledgedBy: 'op', finding: 'happened', returnedBy: 'op', feedback: 'shorter', issuedBy: 'op', use: 1 },
  terms: { agentId: 'agent-a', uses: 3, capability: 'network.http-fetch', until: at, match: ['url'] },
  ...{ meter: 'steps', warning: 'half', limit: 4, used: 2, delta: 3, by: 'op', level: 'team', owner: 'team-a' },
  ...{ pool: 'pool_1', holder: 'run_1', amounts: { steps: 2 }, limits: { steps: 4 } },
  ...{ file: 'policy.cedar', movedBy: 'op', text: 'permit' },
  ...{ erased: 2, addedBy: 'op', retiredBy: 'op', vkey: 'log+00000000+AAAA' },
  ...{ from: 0, to: 256, archive: 300 },
};

describe('the story', () => {
  it.each([...EVENT_CONTRACTS.keys()])('has a sentence of its own for %s', (type) => {
    const sentence = sentenceFor(type, data);
    expect(sentence).toMatch(/^\S.*\.$/);
    expect(sentence).not.toContain('undefined');
    expect(sentence).not.toContain(`${type} happened`);
  });

  it('says the same of no two types of event', () => {
    const sentences = [...EVENT_CONTRACTS.keys()].map((type) => sentenceFor(type, data));
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it.each([...EVENT_CONTRACTS.keys()])('has a sentence for %s once its data was erased', (type) => {
    const sentence = sentenceFor(type, erasedForm({ type, data }).data);
    expect(sentence).toMatch(/^\S.*\.$/);
    expect(sentence).not.toContain('undefined');
  });

  it('names the event when its data was erased, or its type is of another version', () => {
    expect(sentenceFor('step.denied', undefined)).toBe('step.denied happened; its data was erased.');
    expect(sentenceFor('moon.landed', {})).toBe('moon.landed happened.');
  });

  it('tells a repeated attempt from a first one', () => {
    expect(sentenceFor('step.started', { ...data, attempt: 2 })).toContain('attempt 2');
  });

  it('says what a predicate asks for', () => {
    const predicate = {
      kind: 'capability_succeeded',
      capability: 'network.http-fetch',
      min: 2,
      input: { method: 'POST' },
    };
    const sentence = sentenceFor('run.started', { ...data, predicate });
    expect(sentence).toContain('the ledger shows that network.http-fetch with method POST succeeded 2 times');
  });
});
