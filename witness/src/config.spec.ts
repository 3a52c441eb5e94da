import { readConfig } from './config.ts';

const env = {
  CAUSEWAY_WITNESS_NAME: 'w.test/1',
  CAUSEWAY_WITNESS_STATE_DIR: '/state',
  CAUSEWAY_WITNESS_LOGS_FILE: '/logs.json',
  CAUSEWAY_HTTP_PORT: '4715',
};

describe('the configuration of a witness', () => {
  it('is read from the environment; it listens on loopback unless told otherwise', () => {
    const expected = { name: 'w.test/1', stateDir: '/state', logsFile: '/logs.json', host: '127.0.0.1', port: 4715 };
    expect(readConfig(env)).toEqual(expected);
    expect(readConfig({ ...env, CAUSEWAY_HTTP_HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
  });

  it('is refused with every problem at once', () => {
    const problems = () => readConfig({ CAUSEWAY_WITNESS_NAME: 'a+b', CAUSEWAY_HTTP_PORT: '70000' });
    for (const name of Object.keys(env)) expect(problems).toThrow(name);
  });
});
