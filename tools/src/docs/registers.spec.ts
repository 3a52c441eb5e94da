import { adrGaps, errorTableGaps, readmeTooLong, undefinedNouns } from './registers.ts';

const CODES = { RUN_PAUSED: { httpStatus: 409 }, INTERNAL: { httpStatus: 500 } };
const table = (...rows: readonly string[]): string => ['| code | status |', '|---|---|', ...rows].join('\n');

describe('the table of error codes', () => {
  it('passes when it lists the codes with their status', () => {
    expect(errorTableGaps(table('| `RUN_PAUSED` | 409 |', '| INTERNAL | 500 | a fault |'), CODES)).toEqual([]);
  });

  it('fails on a missing code, a wrong status and an invented code', () => {
    expect(errorTableGaps(table('| `RUN_PAUSED` | 404 |', '| `RUN_LOST` | 404 |'), CODES)).toEqual([
      'RUN_PAUSED is documented with 404, but answers 409',
      'the code INTERNAL is missing',
      'there is no code RUN_LOST',
    ]);
  });
});

describe('the glossary', () => {
  it('passes when each noun begins an entry', () => {
    const text = '## Run\n- **step**: one act\n| `budget` | a limit |';
    expect(undefinedNouns(text, ['run.started', 'run.done', 'step.held', 'budget.reserved'])).toEqual([]);
  });

  it('fails on a noun that is only mentioned, or only part of a word', () => {
    expect(undefinedNouns('- **runner**: starts a run', ['run.started'])).toEqual([expect.stringContaining("'run'")]);
  });
});

describe('decisions', () => {
  it('pass when the index lists them and they are short', () => {
    expect(adrGaps('- [One](0001-one.md)', [{ path: 'docs/adr/0001-one.md', text: '# One\n' }])).toEqual([]);
  });

  it('fail when the index forgets them or they are long', () => {
    const long = { path: 'docs/adr/0002-two.md', text: 'line\n'.repeat(81) };
    expect(adrGaps('', [long])).toEqual([
      'docs/adr/0002-two.md is not in the index',
      'docs/adr/0002-two.md has 81 lines; a decision fits in 80',
    ]);
  });
});

describe('the front page', () => {
  it('holds 120 lines and no more', () => {
    expect(readmeTooLong('line\n'.repeat(120))).toEqual([]);
    expect(readmeTooLong('line\n'.repeat(121))).toHaveLength(1);
  });
});
