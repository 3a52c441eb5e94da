import type { RecordedEvent } from '@causeway/contracts';
import { checksOf, repeatedSteps, type Evidence } from './checks.ts';

const event = (type: string, data: object): RecordedEvent => ({ type, data }) as RecordedEvent;
const ended = (stepId: string): RecordedEvent => event('step.succeeded', { stepId });
const denied = event('step.denied', { stepId: 'obey-1', rejection: { code: 'POLICY_DENIED', rule: 'a-rule' } });

const asked = event('approval.requested', { content: { input: { body: 'a summary' } } });

const good: Evidence = {
  agentExitCode: 0,
  runState: 'done',
  events: [ended('read-1'), denied, asked, event('approval.consumed', {}), ended('publish')],
  published: ['a summary'],
  verifyExitCode: 0,
};
const failing = (change: Partial<Evidence>): string[] =>
  checksOf({ ...good, ...change })
    .filter(({ holds }) => !holds)
    .map(({ claim }) => claim);

describe('a demo run', () => {
  it('that went as told passes every check', () => {
    expect(failing({})).toEqual([]);
  });

  it.each<[string, Partial<Evidence>]>([
    ['The agent ended well', { agentExitCode: 1 }],
    ['The agent ended well', { agentExitCode: undefined }],
    ['The run is done', { runState: 'active' }],
    ['The injected order was refused', { events: good.events.filter((one) => one !== denied) }],
    ['Exactly one summary was published', { published: ['a summary', 'a summary'] }],
    ['It is the one that was approved', { published: ['another summary'] }],
    ['One approval was used, once', { events: [...good.events, event('approval.consumed', {})] }],
    ['No step ended twice', { events: [...good.events, ended('read-1')] }],
    ['The ledger is whole', { verifyExitCode: 1 }],
    ['The ledger is whole', { verifyExitCode: 2 }],
  ])('fails the check «%s» when %j', (claim, change) => {
    expect(failing(change)).toEqual([claim]);
  });

  it('that published nothing fails', () => {
    expect(failing({ published: [] })).toContain('Exactly one summary was published');
  });

  it('names the rule that refused the injected order', () => {
    expect(checksOf(good).find(({ claim }) => claim.includes('injected'))?.found).toBe('POLICY_DENIED, rule a-rule');
  });
});

describe('steps', () => {
  it('that ended more than once are named once', () => {
    expect(repeatedSteps([ended('a'), ended('b'), ended('a'), ended('a')])).toEqual(['a']);
  });
});
