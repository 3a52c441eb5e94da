import { callOf, policyFor } from '../../test/calls.ts';
import { waitingConnections } from './waiting-connections.ts';

const policy = policyFor({});
const DIGEST = 'd'.repeat(64);
const { grant } = callOf(policy, { url: '' }, { inputDigest: DIGEST });
const waiting = { runId: grant.runId, stepId: grant.stepId, inputDigest: DIGEST, carried: 'socket' };

describe('a connection that waits', () => {
  it('is taken once, by the grant for its step', () => {
    const all = waitingConnections<string>();
    all.enter('c', waiting);
    expect(all.take('c', grant, DIGEST)).toBe('socket');
    expect(all.take('c', grant, DIGEST)).toBeUndefined();
  });

  it.each([
    ['another run', { ...grant, runId: 'run_00000000000000000000000009' }, DIGEST],
    ['another step', { ...grant, stepId: 'other' }, DIGEST],
    ['another input', grant, 'e'.repeat(64)],
    ['a grant for another input', { ...grant, inputDigest: 'e'.repeat(64) }, DIGEST],
  ])('is not taken for %s', (_name, given, digest) => {
    const all = waitingConnections<string>();
    all.enter('c', waiting);
    expect(all.take('c', given, digest)).toBeUndefined();
    expect(all.count()).toBe(1);
  });

  it('can leave, and knows whether it still waited', () => {
    const all = waitingConnections<string>();
    const leave = all.enter('c', waiting);
    expect([leave(), leave(), all.take('c', grant, DIGEST)]).toEqual([true, false, undefined]);
  });
});
