import { join } from 'node:path';
import { homePaths } from '../home.ts';
import { natsPasswordFile } from '../nats/users.ts';
import { LOOPBACK, type Ports } from '../ports.ts';
import { rolePasswordFile, type DatabaseRole } from '../postgres/roles.ts';
import type { Service, ServiceName } from './services.ts';

export type Surroundings = {
  readonly repositoryRoot: string;
  readonly home: string;
  readonly natsUrl: string;
  /** postgres://host:port/database without user and password. */
  readonly postgresUrl: string;
  readonly ports: Ports;
};

type Variables = { readonly [name: string]: string };

const INHERITED = ['PATH', 'HOME', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
export const LEDGER_ORIGIN = 'ledger.causeway.local/dev/main';
export const DEMO_CONTENT_HOST = 'content.demo.internal';

/** The little of our own environment that a service may see: nothing in it can be a secret of ours. */
export function inheritedEnvironment(env: NodeJS.ProcessEnv): Variables {
  return Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/**
 * Options of Node for every service. The young generation is what V8 keeps of memory that it is done with: at most three times this many MB. With a
 * quarter of it a loaded ledger spent three times as long on collecting; twice as much saved nothing more. With gc a service that carries many bytes
 * through buffers outside of V8's heap can say when they are done with. Compiling one WebAssembly function after the other, and not all at once, leaves
 * 25 MB less behind in a service that asks Cedar.
 */
export const NODE_ARGUMENTS = [
  '--enable-source-maps',
  '--max-semi-space-size=32',
  '--expose-gc',
  '--wasm-num-compilation-tasks=1',
] as const;

/** What carries large bodies has them outside of V8's heap, and little that is young within. */
const SMALL_YOUNG = ['--max-semi-space-size=8'] as const;
const OWN_ARGUMENTS: { readonly [name in ServiceName]?: readonly string[] } = {
  'egress-proxy': SMALL_YOUNG,
  'resource-store': SMALL_YOUNG,
};

/** Node's options for one service: of two that speak of the same, the last one counts. */
export const nodeArguments = (name: ServiceName): readonly string[] => [
  ...NODE_ARGUMENTS,
  ...(OWN_ARGUMENTS[name] ?? []),
];

/**
 * glibc keeps what was freed for its next use, in as many arenas as there are threads, and after a while also what is large; with these it hands
 * it back (mallopt(3)). Elsewhere nobody reads them.
 */
export const ALLOCATOR: Variables = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '262144',
};

/** Everything a service is told. Secrets are named by file, never given as values. */
export function serviceEnvironment(service: Service, around: Surroundings): Variables {
  const { name } = service;
  return {
    NODE_ENV: 'production',
    ...ALLOCATOR,
    CAUSEWAY_PROFILE: 'dev',
    CAUSEWAY_INSTANCE: `${name}-1`,
    CAUSEWAY_LOG_LEVEL: 'info',
    CAUSEWAY_HTTP_HOST: LOOPBACK,
    CAUSEWAY_HTTP_PORT: String(around.ports[name] ?? ''),
    CAUSEWAY_POLICY_DIR: join(around.repositoryRoot, 'deploy', 'policy', 'default'),
    CAUSEWAY_NATS_URL: around.natsUrl,
    CAUSEWAY_NATS_USER: name,
    CAUSEWAY_NATS_PASSWORD_FILE: natsPasswordFile(around.home, name),
    ...databaseVariables(service, around),
    ...OWN_VARIABLES[name](around),
  };
}

function databaseVariables({ role, ownerRole }: Service, around: Surroundings): Variables {
  return {
    ...roleVariables('CAUSEWAY_POSTGRES', around, role),
    ...roleVariables('CAUSEWAY_POSTGRES_OWNER', around, ownerRole),
  };
}

function roleVariables(prefix: string, { home, postgresUrl }: Surroundings, role?: DatabaseRole): Variables {
  if (!role) return {};
  const url = new URL(postgresUrl);
  url.username = role;
  return { [`${prefix}_URL`]: url.href, [`${prefix}_PASSWORD_FILE`]: rolePasswordFile(homePaths(home).secrets, role) };
}

const demoContent = ({ ports }: Surroundings): Variables => ({
  CAUSEWAY_DEMO_CONTENT_HOST: DEMO_CONTENT_HOST,
  CAUSEWAY_DEMO_CONTENT_ADDRESS: LOOPBACK,
  CAUSEWAY_DEMO_CONTENT_PORT: String(ports['demo-content'] ?? ''),
});

/** Processes that know only a proxy find it on the loopback address. */
const forwardProxy = ({ ports }: Surroundings): Variables =>
  ports['forward-proxy'] === undefined ? {} : { CAUSEWAY_PROXY_PORT: String(ports['forward-proxy']) };

const OWN_VARIABLES: { readonly [name in ServiceName]: (around: Surroundings) => Variables } = {
  'audit-ledger': ({ home }) => ({
    CAUSEWAY_LEDGER_ORIGIN: LEDGER_ORIGIN,
    CAUSEWAY_SIGNER_DIR: homePaths(home).signer,
    CAUSEWAY_WITNESSES_FILE: homePaths(home).witnesses,
  }),
  'run-orchestrator': demoContent,
  'egress-proxy': (around) => ({
    ...demoContent(around),
    ...forwardProxy(around),
    CAUSEWAY_SECRETS_DIR: homePaths(around.home).destinationSecrets,
  }),
  'resource-store': ({ home }) => ({ CAUSEWAY_INGEST_DIR: homePaths(home).ingest }),
  gateway: ({ home }) => ({ CAUSEWAY_OPERATOR_KEYS_FILE: homePaths(home).operatorKeys }),
};
