import type { RecordedEvent } from '@causeway/contracts';
import { UsageError } from '../command.ts';
import { filterOf } from './tail.ts';

const denied = { type: 'step.denied', scope: 'run_01' } as RecordedEvent;

describe('the filter of tail', () => {
  it.each([
    undefined,
    'step',
    'step.denied',
    'run_01',
    'audit.>',
    'audit.*.denied.*',
    'audit.step.>',
    'audit.*.*.run_01',
  ])('%s lets a denied step of the run through', (filter) => {
    expect(filterOf(filter)(denied)).toBe(true);
  });

  it.each(['approval', 'step.started', 'run_02', 'audit.*.started.*', 'audit.*.*.run_02'])('%s does not', (filter) => {
    expect(filterOf(filter)(denied)).toBe(false);
  });

  it('refuses what can be no filter', () => {
    expect(() => filterOf('a b')).toThrow(UsageError);
    expect(() => filterOf('cmd.*.x')).toThrow(UsageError);
  });
});
