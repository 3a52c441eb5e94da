import { inheritedEnvironment, serviceEnvironment } from './environment.ts';
import { SERVICES } from './services.ts';

const around = {
  repositoryRoot: '/clone',
  home: '/clone/.causeway',
  natsUrl: 'nats://127.0.0.1:4701',
  postgresUrl: 'postgres://127.0.0.1:4702/causeway',
  ports: { 'audit-ledger': 4711, 'run-orchestrator': 4712, gateway: 4700, 'demo-content': 4790, 'forward-proxy': 4716 },
};
const environments = new Map(SERVICES.map((service) => [service.name, serviceEnvironment(service, around)]));

describe('what a service is told', () => {
  it('names each secret by its file, and only its own', () => {
    for (const [name, environment] of environments) {
      expect(environment['CAUSEWAY_NATS_USER']).toBe(name);
      expect(environment['CAUSEWAY_NATS_PASSWORD_FILE']).toBe(`/clone/.causeway/secrets/nats-${name}.password`);
      const secrets = Object.entries(environment).filter(([, value]) => value.includes('/secrets/'));
      expect(secrets.every(([variable]) => variable.endsWith('_FILE'))).toBe(true);
    }
  });

  it('gives a database to the three services that have one', () => {
    const users = [...environments].map(([name, { CAUSEWAY_POSTGRES_URL: url }]) => [
      name,
      url && new URL(url).username,
    ]);
    expect(Object.fromEntries(users)).toEqual({
      'audit-ledger': 'audit_ledger',
      'run-orchestrator': 'run_orchestrator',
      'egress-proxy': undefined,
      'resource-store': 'resource_store',
      gateway: undefined,
    });
  });

  it('gives the role that owns the ledger to the ledger alone', () => {
    const owners = [...environments].filter(([, environment]) => 'CAUSEWAY_POSTGRES_OWNER_URL' in environment);
    expect(owners.map(([name]) => name)).toEqual(['audit-ledger']);
    expect(environments.get('audit-ledger')).toMatchObject({
      CAUSEWAY_POSTGRES_OWNER_URL: 'postgres://audit_ledger_owner@127.0.0.1:4702/causeway',
      CAUSEWAY_POSTGRES_OWNER_PASSWORD_FILE: '/clone/.causeway/secrets/postgres-audit_ledger_owner.password',
      CAUSEWAY_LEDGER_ORIGIN: 'ledger.causeway.local/dev/main',
      CAUSEWAY_HTTP_PORT: '4711',
    });
  });

  it('shows the keys of the log, and whom to ask for cosignatures, to the ledger alone', () => {
    for (const variable of ['CAUSEWAY_SIGNER_DIR', 'CAUSEWAY_WITNESSES_FILE']) {
      const having = [...environments].filter(([, environment]) => variable in environment);
      expect(having.map(([name]) => name)).toEqual(['audit-ledger']);
    }
  });

  it('gives the forward proxy a port, in egress-proxy alone', () => {
    const having = [...environments].filter(([, environment]) => 'CAUSEWAY_PROXY_PORT' in environment);
    expect(having.map(([name, environment]) => [name, environment['CAUSEWAY_PROXY_PORT']])).toEqual([
      ['egress-proxy', '4716'],
    ]);
  });

  it('tells where the secrets of destinations are to egress-proxy alone', () => {
    const having = [...environments].filter(([, environment]) => 'CAUSEWAY_SECRETS_DIR' in environment);
    expect(having.map(([name]) => name)).toEqual(['egress-proxy']);
  });

  it('tells the operators file to the gateway alone', () => {
    const having = [...environments].filter(([, environment]) => 'CAUSEWAY_OPERATOR_KEYS_FILE' in environment);
    expect(having.map(([name]) => name)).toEqual(['gateway']);
  });

  it('gives the keys of the log to the ledger alone, apart from the database', () => {
    const having = [...environments].filter(([, environment]) =>
      Object.values(environment).some((value) => value.startsWith('/clone/.causeway/signer')),
    );
    expect(having.map(([name]) => name)).toEqual(['audit-ledger']);
  });

  it('passes on little of our own environment', () => {
    const env = {
      PATH: '/bin',
      HOME: '/home/someone',
      CAUSEWAY_POSTGRES_URL: 'postgres://owner:secret@db/x',
      TOKEN: 'secret',
    };
    expect(inheritedEnvironment(env)).toEqual({ PATH: '/bin', HOME: '/home/someone' });
  });
});
