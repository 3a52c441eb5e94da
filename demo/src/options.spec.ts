import { readOptions, UsageError } from './options.ts';

describe('the arguments of the demo', () => {
  it('kill run-orchestrator and approve by themselves when nothing is said', () => {
    expect(readOptions([])).toEqual({ pause: false, kill: 'run-orchestrator', json: false });
  });

  it('name another service, or none', () => {
    expect(readOptions(['--kill', 'gateway', '--pause'])).toEqual({ pause: true, kill: 'gateway', json: false });
    expect(readOptions(['--kill=none', '--json'])).toEqual({ pause: false, kill: 'none', json: true });
  });

  it.each([[['--kill', 'postgres']], [['--kil', 'gateway']], [['now']], [['--kill']]])('refuse %j', (args) => {
    expect(() => readOptions(args)).toThrow(UsageError);
  });
});
