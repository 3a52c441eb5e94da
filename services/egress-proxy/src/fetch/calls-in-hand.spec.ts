import { formatId, type StepGrant } from '@causeway/contracts';
import { callOf, policyFor } from '../../test/calls.ts';
import { callsInHand, type Stopping } from './calls-in-hand.ts';

const id = (kind: 'run' | 'session', n: number): string => formatId(kind, new Uint8Array(16).fill(n));
const policy = policyFor({});
const grant = (more: Partial<StepGrant> = {}): StepGrant =>
  callOf(
    policy,
    { url: 'http://a.example/' },
    { runId: id('run', 1), sessionId: id('session', 1), stepId: 's1', agentId: 'reader', ...more },
  ).grant;

const CASES: readonly (readonly [string, Stopping, Partial<StepGrant>])[] = [
  ['a step', { runId: id('run', 1), stepId: 's1' }, { stepId: 's2' }],
  ['a step, and not the same word in another run', { runId: id('run', 1), stepId: 's1' }, { runId: id('run', 2) }],
  ['a run', { runId: id('run', 1) }, { runId: id('run', 2) }],
  ['a session', { sessionId: id('session', 1) }, { sessionId: id('session', 2) }],
  ['an agent', { agentId: 'reader' }, { agentId: 'writer' }],
];

describe('calls in hand', () => {
  it.each(CASES)('are stopped by %s, with the reason, and no others', (_, what, other) => {
    const calls = callsInHand();
    const [meant, not] = [calls.enter(grant()), calls.enter(grant(other))];
    calls.stop(what, 'because');
    expect([meant.signal.aborted, meant.signal.reason]).toEqual([true, 'because']);
    expect(not.signal.aborted).toBe(false);
  });

  it('are all stopped when everything is', () => {
    const calls = callsInHand();
    const all = [grant(), grant({ agentId: 'writer', runId: id('run', 9) })].map(calls.enter);
    calls.stop({}, 'because');
    expect(all.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  });

  it.each(CASES.slice(0, 4))('that come late are stopped as they begin: %s', (_, what, other) => {
    const calls = callsInHand();
    calls.stop(what, 'because');
    expect(calls.enter(grant()).signal.reason).toBe('because');
    expect(calls.enter(grant(other)).signal.aborted).toBe(false);
  });

  it('of an agent, or of anybody, may begin again after a stop: that can be lifted', () => {
    const calls = callsInHand();
    calls.stop({ agentId: 'reader' }, 'because');
    calls.stop({}, 'because');
    expect(calls.enter(grant()).signal.aborted).toBe(false);
  });

  it('that are over are left alone', () => {
    const calls = callsInHand();
    const { signal, leave } = calls.enter(grant());
    leave();
    calls.stop({ agentId: 'reader' }, 'because');
    expect(signal.aborted).toBe(false);
  });
});
