import { parseInput, UsageError } from '../command.ts';
import { definitionFrom, schedules } from './schedules.ts';

const from = (...args: readonly string[]) =>
  definitionFrom(parseInput(['create', '--goal', 'look', ...args], schedules));

describe('the definition of a schedule on the command line', () => {
  it.each([
    [
      ['--cron', '0 8 * * 1-5', '--zone', 'Europe/Berlin'],
      { kind: 'cron', expression: '0 8 * * 1-5', timeZone: 'Europe/Berlin' },
    ],
    [['--cron', '0 8 * * *'], { kind: 'cron', expression: '0 8 * * *', timeZone: 'UTC' }],
    [['--every', '60000'], { kind: 'every', everyMs: 60_000 }],
    [['--at', '2026-12-01T08:00:00Z'], { kind: 'at', at: '2026-12-01T08:00:00Z' }],
    [['--delay', '5'], { kind: 'delay', delayMs: 5 }],
  ])('says when it is due: %j', (args, spec) => {
    expect(from(...args)).toEqual({ spec, template: { goal: 'look', predicate: { kind: 'manual' } } });
  });

  it('takes over rules and ends', () => {
    const given = ['--overlap', 'queue', '--misfire', 'all', '--on-failure', 'pause', '--max', '3'];
    expect(from('--every', '1000', ...given, '--until', '2026-12-01T08:00:00Z')).toMatchObject({
      ...{ overlap: 'queue', misfire: 'all', onFailure: 'pause', maxOccurrences: 3, until: '2026-12-01T08:00:00Z' },
    });
  });

  it.each([
    [[]],
    [['--every', '1000', '--delay', '5']],
    [['--every', '10']],
    [['--every', '1000', '--predicate', '{']],
  ])('is refused when it cannot be understood: %j', (args) => expect(() => from(...args)).toThrow(UsageError));
});
