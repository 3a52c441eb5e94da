import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { loadConfig, readSecret, ServiceEnv } from './config.ts';

const env = {
  CAUSEWAY_NATS_URL: 'nats://127.0.0.1:4222',
  CAUSEWAY_NATS_USER: 'gateway',
  CAUSEWAY_NATS_PASSWORD_FILE: 'nats.password',
  CAUSEWAY_HTTP_PORT: '4700',
  CAUSEWAY_INSTANCE: 'gateway-1',
};

describe('the configuration', () => {
  it('is what the environment says, with defaults, and cannot be changed', () => {
    const config = loadConfig(ServiceEnv, { ...env, UNRELATED: 'x' });
    expect(config).toEqual({
      ...env,
      CAUSEWAY_HTTP_PORT: 4700,
      CAUSEWAY_HTTP_HOST: '127.0.0.1',
      CAUSEWAY_LOG_LEVEL: 'info',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('is refused with every problem at once', () => {
    const broken = { ...env, CAUSEWAY_NATS_URL: undefined, CAUSEWAY_HTTP_PORT: '70000', CAUSEWAY_INSTANCE: 'a b' };
    const load = () => loadConfig({ ...ServiceEnv, CAUSEWAY_EXTRA: z.string() }, broken);
    for (const name of ['CAUSEWAY_NATS_URL', 'CAUSEWAY_HTTP_PORT', 'CAUSEWAY_INSTANCE', 'CAUSEWAY_EXTRA']) {
      expect(load).toThrow(name);
    }
  });

  it('does not take an empty value for one that is needed', () => {
    expect(() => loadConfig(ServiceEnv, { ...env, CAUSEWAY_NATS_URL: '' })).toThrow('CAUSEWAY_NATS_URL');
    expect(() => loadConfig(ServiceEnv, { ...env, CAUSEWAY_HTTP_PORT: '' })).toThrow('CAUSEWAY_HTTP_PORT');
  });
});

describe('a secret', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is what its file holds without the line break', () => {
    writeFileSync(join(folder, 'password'), 'correct horse\n');
    expect(readSecret(join(folder, 'password'))).toBe('correct horse');
  });

  it('is refused when its file is empty or missing', () => {
    writeFileSync(join(folder, 'empty'), '\n');
    expect(() => readSecret(join(folder, 'empty'))).toThrow('empty');
    expect(() => readSecret(join(folder, 'none'))).toThrow('ENOENT');
  });
});
