import { createLog } from './log.ts';

function linesOf(write: (log: ReturnType<typeof createLog>) => void, level = 'info'): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLog('gateway', level, { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('is one line of JSON for each message, with the service and the time', () => {
    expect(linesOf((log) => log.info({ port: 1 }, 'serving'))).toMatchObject([
      { service: 'gateway', port: 1, msg: 'serving', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string },
    ]);
  });

  it('holds back what is below its level', () => {
    expect(linesOf((log) => log.info({}, 'quiet'), 'warn')).toEqual([]);
  });

  it('shows no secret and no data of agents, at the top or within', () => {
    const secret = {
      password: 'hush',
      token: 'hush',
      authorization: 'hush',
      input: { text: 'hush' },
      data: ['hush'],
      body: 'hush',
    };
    const [line] = linesOf((log) => log.error({ ...secret, request: secret, deep: { request: secret } }, 'refused'));
    expect(JSON.stringify(line)).not.toContain('hush');
    expect(line).toMatchObject({ msg: 'refused', password: '[redacted]', deep: { request: { input: '[redacted]' } } });
  });
});
