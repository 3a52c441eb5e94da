import type { RunOrchestratorEvent } from '@causeway/contracts';
import { specification } from '@causeway/eventing';
import { atMs, FETCH, GRANT, grantIssued, POLICY, RUN } from '../../../test/run.features.ts';
import { covers, grantDecider, type GrantCommand, type IssuedGrant, type Usage } from './grant.ts';

const { given } = specification(grantDecider);
const issued = grantIssued();
const used = (use: number): RunOrchestratorEvent => ({
  type: 'grant.used',
  data: { grantId: GRANT, runId: RUN, stepId: `s${use}`, use, at: atMs(use) },
});
const END = 3_600_000;
const revoke: GrantCommand = { type: 'revoke', reason: 'enough', by: 'bob', at: atMs(50) };
const expire = (at: number): GrantCommand => ({ type: 'expire', at: atMs(at) });
const revoked: RunOrchestratorEvent = {
  type: 'grant.revoked',
  data: { grantId: GRANT, revokedBy: 'bob', reason: 'enough', at: atMs(50) },
};
const NOTHING = { accepted: true, events: [] };

describe('a standing grant', () => {
  it('is used up with its last use', () => {
    const uses = [used(1), used(2), used(3)];
    const states = [0, 1, 2, 3].map((count) => given(issued, ...uses.slice(0, count)).state() as IssuedGrant);
    expect(states.map(({ state, used: count }) => [state, count])).toEqual([
      ['live', 0],
      ['live', 1],
      ['live', 2],
      ['used-up', 3],
    ]);
  });

  it('is revoked once, and expires by the clock, not before its end', () => {
    expect(given(issued).when(revoke)).toEqual({ accepted: true, events: [revoked] });
    expect(given(issued, revoked).when(revoke)).toEqual(NOTHING);
    expect(given(issued, revoked).when(expire(END))).toEqual(NOTHING);
    expect(given(issued).when(expire(END - 1))).toEqual(NOTHING);
    expect(given(issued).when(expire(END))).toMatchObject({ events: [{ type: 'grant.expired' }] });
    for (const command of [revoke, expire(END)])
      expect(given().when(command)).toMatchObject({ rejection: { code: 'GRANT_NOT_FOUND' } });
  });
});

describe('a step', () => {
  const grant = given(issued).state() as IssuedGrant;
  const step: Usage = {
    ...{ agentId: 'researcher', capability: FETCH, capabilityDigest: 'c'.repeat(64), policy: POLICY },
    ...{ rule: 'publish', risk: 'medium', matchDigest: 'f'.repeat(64), at: atMs(1_000) },
  };

  it('is covered when everything is alike, up to the last ms and the last use', () => {
    expect(covers(grant, step)).toBe(true);
    expect(covers(grant, { ...step, at: atMs(END - 1) })).toBe(true);
    expect(covers(given(issued, used(1), used(2)).state() as IssuedGrant, step)).toBe(true);
  });

  it.each<[string, Partial<Usage>]>([
    ['agent', { agentId: 'other' }],
    ['capability', { capability: 'resource.get' }],
    ['schema', { capabilityDigest: 'e'.repeat(64) }],
    ['policy', { policy: { ...POLICY, digest: 'e'.repeat(64) } }],
    ['rule', { rule: 'other' }],
    ['risk', { risk: 'low' }],
    ['higher risk', { risk: 'high' }],
    ['matched input', { matchDigest: 'e'.repeat(64) }],
    ['time, being too late', { at: atMs(END) }],
  ])('is not covered when it has another %s', (_, more) => {
    expect(covers(grant, { ...step, ...more })).toBe(false);
  });

  it('is not covered by a grant that is used up, revoked or expired', () => {
    const expired: RunOrchestratorEvent = { type: 'grant.expired', data: { grantId: GRANT, at: atMs(END) } };
    for (const end of [[used(1), used(2), used(3)], [revoked], [expired]])
      expect(covers(given(issued, ...end).state() as IssuedGrant, step)).toBe(false);
  });
});
