import { readConfig } from './config.ts';

const env = {
  CAUSEWAY_NATS_URL: 'nats://127.0.0.1:4222',
  CAUSEWAY_NATS_USER: 'egress-proxy',
  CAUSEWAY_NATS_PASSWORD_FILE: 'p',
  CAUSEWAY_HTTP_PORT: '0',
  CAUSEWAY_INSTANCE: 'egress-proxy-1',
  CAUSEWAY_POLICY_DIR: 'deploy/policy/default',
};

describe('the configuration', () => {
  it('is hardened and asks the system for names unless told otherwise', () => {
    const config = readConfig(env);
    expect(config.CAUSEWAY_PROFILE).toBe('hardened');
    expect(config.CAUSEWAY_DNS_SERVERS).toBeUndefined();
  });
  it('reads a list of name servers', () => {
    expect(readConfig({ ...env, CAUSEWAY_DNS_SERVERS: '9.9.9.9, [2620:fe::fe]:53' }).CAUSEWAY_DNS_SERVERS).toEqual([
      '9.9.9.9',
      '[2620:fe::fe]:53',
    ]);
    expect(() => readConfig({ ...env, CAUSEWAY_DNS_SERVERS: 'dns.example.org' })).toThrow(/CAUSEWAY_DNS_SERVERS/);
  });
  it.each(['NODE_USE_ENV_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])(
    'refuses %s, which would send requests past the guards',
    (name) => {
      expect(() => readConfig({ ...env, [name]: 'http://127.0.0.1:3128' })).toThrow(name);
    },
  );
  it('refuses an environment in which Node would not check certificates', () => {
    expect(() => readConfig({ ...env, NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow(/NODE_TLS_REJECT_UNAUTHORIZED/);
  });
});
