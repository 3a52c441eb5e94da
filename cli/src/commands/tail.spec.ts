import type { RecordedEvent } from '@causeway/contracts';
import { UsageError } from '../command.ts';
import { filterOf, storyLine } from './tail.ts';

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

describe('a line of the story', () => {
  const event = {
    ...{ position: 12, time: '2026-01-01T10:20:30.456Z', type: 'claim.refused', scope: 'run_01' },
    ...{ actor: { kind: 'agent', id: 'agent-a' }, data: { missing: 'a\u001b[2J POST\nat all' } },
  } as unknown as RecordedEvent;

  it('says what happened, and cannot act on the terminal', () => {
    expect(storyLine(event)).toBe(
      '     12  10:20:30.456  claim.refused        The claim is refused: a\\u{1b}[2J POST at all.  [run_01, agent agent-a]',
    );
  });

  it('names an event whose data is gone', () => {
    const { data: _, ...erased } = event;
    expect(storyLine(erased)).toContain('claim.refused happened; its data was erased.');
  });
});
