import { parseInput, type Command } from './command.ts';

const command: Command = {
  usage: '',
  options: { lines: { type: 'string' }, follow: { type: 'boolean' } },
  maxPositionals: 1,
  run: async () => 0,
};
const parse = (...args: string[]): ReturnType<typeof parseInput> => parseInput(args, command);

describe('arguments of a verb', () => {
  it('are options and positionals in any order', () => {
    const input = parse('--lines', '7', 'gateway', '--follow');
    expect([input.positionals, input.has('follow'), input.text('lines'), input.count('lines', 0, 50)]).toEqual([
      ['gateway'],
      true,
      '7',
      7,
    ]);
  });

  it('have their defaults when left out', () => {
    const input = parse();
    expect([input.positionals, input.has('follow'), input.text('lines'), input.count('lines', 0, 50)]).toEqual([
      [],
      false,
      undefined,
      50,
    ]);
  });

  it.each([
    [['--nope'], "Unknown option '--nope'"],
    [['--lines'], "Option '--lines <value>' argument missing"],
    [['--follow=yes'], "Option '--follow' does not take an argument"],
    [['one', 'two'], 'there is no place for the argument "two"'],
  ])('are refused when they cannot be understood: %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });

  it.each(['x', '1.5', '1e3', '0', '99999999999999999'])('are refused when %j stands for a count from 1 up', (text) => {
    expect(() => parse('--lines', text).count('lines', 1, 50)).toThrow('--lines takes a whole number from 1 up');
  });
});
