import type { RecordedEvent, RunView } from '@causeway/contracts';
import { brokenPromises } from './judge.ts';
import type { Found } from './stage.ts';

const event = (type: string, data: object = {}) => ({ type, data }) as unknown as RecordedEvent;
const STORY = [event('approval.consumed'), event('step.started'), event('step.succeeded')];
const GOOD: Found = {
  ...{ effect: 'write', point: 'after-intent', service: 'gateway', end: 'succeeded', arrived: 1, events: STORY },
  run: { state: 'cancelled', budget: { steps: { reserved: 0 } } } as unknown as RunView,
};
const failedWith = (code: string) => [event('step.started'), event('step.failed', { rejection: { code } })];
const READ: Found = { ...GOOD, effect: 'read', service: 'egress-proxy', end: 'failed', arrived: 0 };

describe('who looks at what a killed service left', () => {
  it('finds nothing where every promise was kept', () => {
    expect(brokenPromises(GOOD)).toEqual([]);
    expect(brokenPromises({ ...GOOD, effect: 'read', arrived: 1 })).toEqual([]);
    expect(brokenPromises({ ...READ, events: failedWith('CAPABILITY_UNAVAILABLE') })).toEqual([]);
  });

  it.each<[string, Found]>([
    ['2 requests arrived for 1 sealed intents', { ...GOOD, arrived: 2 }],
    ['a write arrived 2 times', { ...GOOD, arrived: 2, events: [event('step.started'), ...STORY] }],
    ['a success, but 0 arrived', { ...GOOD, arrived: 0 }],
    ['a failure, but 1 arrived', { ...GOOD, end: 'failed' }],
    ['the approval was consumed 2 times', { ...GOOD, events: [event('approval.consumed'), ...STORY] }],
    ['a read that may be repeated ended unknown', { ...READ, end: 'unknown' }],
    ['a read that may be repeated ended failed', { ...READ, events: failedWith('INTERNAL') }],
    [
      'a read that may be repeated ended failed',
      { ...READ, service: 'gateway', events: failedWith('CAPABILITY_UNAVAILABLE') },
    ],
    ['the intent has 2 fates', { ...GOOD, events: [...STORY, event('step.unknown')] }],
    ['the intent has 0 fates', { ...GOOD, events: [event('step.started')] }],
    [
      '1 steps stay reserved',
      { ...GOOD, run: { ...GOOD.run, budget: { steps: { reserved: 1 } } } as unknown as RunView },
    ],
    ['the run is active', { ...GOOD, run: { ...GOOD.run, state: 'active' } }],
  ])('finds that %s', (what, found) => {
    expect(brokenPromises(found)).toContain(what);
  });
});
