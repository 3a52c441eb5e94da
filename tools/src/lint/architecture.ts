import { builtinModules } from 'node:module';
import type { Restriction } from './restriction.ts';

/** An architectural rule: where it holds, where it does not, and what it refuses there. */
export type ArchitectureRule = {
  readonly name: string;
  readonly files: readonly string[];
  readonly ignores: readonly string[];
  readonly restriction: Restriction;
};

export const SPEC_FILES = ['**/*.spec.ts', '**/*.features.ts'];
const EVERYWHERE = ['**/*.ts'];
const DOMAIN = ['**/domain/**/*.ts'];
const BUILTINS = ['node:*', ...builtinModules.filter((name) => !name.startsWith('_'))];

const withNodePrefix = (names: readonly string[]): readonly string[] => [...names, ...names.map((n) => `node:${n}`)];

/** Modules that open sockets. The names excepted below only calculate. */
const SOCKET_MODULES = [...withNodePrefix(['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns']), 'undici', 'ws'];
const CALCULATING_NAMES = {
  'node:net': ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'],
  'node:http': ['STATUS_CODES', 'METHODS'],
};
const CLIENT_GLOBALS = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];
const ONE_PATH_OUT =
  'only services/egress-proxy reaches the network; ask it for a capability, or use libs/messaging and libs/postgres';

const PURITY: Restriction = {
  why: 'pure code takes time, ids and the world as inputs; read them at the edge and pass them in',
  modules: [...BUILTINS, '@nestjs/*', '@nats-io/*', 'pg', 'rxjs', 'pino', 'undici', 'fastify'],
  globals: [
    'Date',
    'crypto',
    'process',
    'performance',
    'console',
    'setTimeout',
    'setInterval',
    'setImmediate',
    ...CLIENT_GLOBALS,
  ],
  exceptUses: { Date: ['new', 'parse', 'UTC'] },
  members: ['Math.random'],
};

/** Of cryptography what gives the same answer every time: digests, and Ed25519 signatures (RFC 8032), which take no randomness. */
const DETERMINISTIC_CRYPTO = ['createHash', 'hash', 'createPrivateKey', 'createPublicKey', 'sign', 'verify'];

/** Files that talk to a server of ours, or stand in for a third party, in a process of their own. */
const OWN_CLIENTS = [
  'services/egress-proxy/**',
  'libs/provisioning/**',
  'cli/src/gateway-client.ts',
  'demo/src/**',
  'bench/src/**',
  'e2e/**',
];
const HEALTH_LISTENER = 'libs/service-kit/src/health*.ts';
const WITNESS_CLIENT = 'services/audit-ledger/src/witness/post-to-witness*.ts';
const WITNESS_LISTENER = 'witness/src/http-*.ts';

export const ARCHITECTURE_RULES: readonly ArchitectureRule[] = [
  {
    name: 'pure-domain',
    files: [...DOMAIN, 'libs/eventing/src/**/*.ts', 'libs/contracts/src/**/*.ts'],
    ignores: SPEC_FILES,
    restriction: PURITY,
  },
  {
    name: 'pure-ledger',
    files: ['libs/ledger/src/**/*.ts'],
    ignores: SPEC_FILES,
    restriction: { ...PURITY, exceptNames: { 'node:crypto': DETERMINISTIC_CRYPTO } },
  },
  {
    name: 'one-path-out',
    files: EVERYWHERE,
    ignores: [...SPEC_FILES, ...OWN_CLIENTS, HEALTH_LISTENER, WITNESS_LISTENER, WITNESS_CLIENT],
    restriction: {
      why: ONE_PATH_OUT,
      modules: SOCKET_MODULES,
      exceptNames: CALCULATING_NAMES,
      typeImports: 'allowed',
      globals: CLIENT_GLOBALS,
    },
  },
  {
    name: 'only-listens',
    files: [HEALTH_LISTENER, WITNESS_LISTENER],
    ignores: SPEC_FILES,
    restriction: {
      why: 'a listener accepts connections and opens none',
      modules: SOCKET_MODULES,
      exceptNames: { 'node:http': ['createServer'] },
      typeImports: 'allowed',
      globals: CLIENT_GLOBALS,
    },
  },
  {
    name: 'witnesses-are-only-asked',
    files: [WITNESS_CLIENT],
    ignores: SPEC_FILES,
    restriction: {
      why: 'the ledger shows checkpoints to the witnesses that an operator listed; by way of egress-proxy each would be an event, and so another checkpoint',
      modules: SOCKET_MODULES,
      exceptNames: { 'node:http': ['request'], 'node:https': ['request'] },
      typeImports: 'allowed',
      globals: CLIENT_GLOBALS,
    },
  },
  {
    name: 'no-child-processes',
    files: ['services/**/*.ts', 'libs/**/*.ts', 'witness/**/*.ts'],
    ignores: [...SPEC_FILES, 'libs/provisioning/**', 'libs/testing/**'],
    restriction: {
      why: 'a child process is a way out that nobody watches; only provisioning starts processes',
      modules: withNodePrefix(['child_process', 'cluster']),
      typeImports: 'allowed',
    },
  },
  {
    name: 'bus-through-messaging',
    files: EVERYWHERE,
    ignores: [...SPEC_FILES, 'libs/messaging/**', 'e2e/**', 'bench/**'],
    restriction: {
      why: 'the bus is reached through libs/messaging, which keeps subjects, envelopes and inboxes right',
      modules: ['@nats-io/*', 'nats'],
    },
  },
  {
    name: 'no-framework-transports',
    files: EVERYWHERE,
    ignores: [...SPEC_FILES, 'libs/messaging/**'],
    restriction: {
      why: 'the framework opens connections of its own; use the client and the transport of libs/messaging',
      modules: ['@nestjs/microservices'],
      onlyNames: ['ClientsModule', 'ClientProxyFactory', 'Client', 'Transport', 'ClientNats', 'ClientTCP'],
    },
  },
  {
    name: 'database-through-postgres',
    files: EVERYWHERE,
    ignores: [...SPEC_FILES, 'libs/postgres/**', 'libs/provisioning/**', 'bench/src/*/floors/**'],
    restriction: {
      why: 'the database is reached through libs/postgres, which sets roles, time-outs and transactions',
      modules: ['pg', 'pg-*'],
      typeImports: 'allowed',
    },
  },
  {
    name: 'nest-at-the-edge',
    files: EVERYWHERE,
    ignores: [
      '**/*.controller.ts',
      '**/*.reactor.ts',
      '**/*.module.ts',
      '**/main.ts',
      '**/*.spec.ts',
      'libs/service-kit/**',
      'libs/messaging/**',
    ],
    restriction: {
      why: 'the framework stays in *.controller.ts, *.reactor.ts, *.module.ts and main.ts; write a function and inject it there',
      modules: ['@nestjs/*'],
    },
  },
  {
    name: 'no-nest-in-domain',
    files: DOMAIN,
    ignores: [],
    restriction: { why: 'the domain knows no framework, its specifications included', modules: ['@nestjs/*'] },
  },
];
