import { UsageError, type Input } from '../command.ts';
import { targetIn } from './erase.ts';

const input = (positionals: string[], options: { readonly [name: string]: string } = {}): Input => ({
  positionals,
  has: () => false,
  text: (name) => options[name],
  texts: () => [],
  count: (name) => Number(options[name]),
});

describe('what to erase', () => {
  it.each([
    [['run_1'], {}, { scope: 'run_1' }],
    [[], { stream: 'apr_1' }, { stream: 'apr_1' }],
    [[], { position: '7' }, { positions: [7] }],
  ])('is named by %j and %j', (positionals, options, target) => {
    expect(targetIn(input(positionals, options))).toEqual(target);
  });

  it.each([
    [[], {}],
    [['run_1'], { stream: 'apr_1' }],
    [['run_1'], { position: '0' }],
  ])('is not clear from %j and %j', (positionals, options) => {
    expect(() => targetIn(input(positionals, options))).toThrow(UsageError);
  });
});
