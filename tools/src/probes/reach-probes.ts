import { importing, MARK, type Probe } from './probe.ts';

const DOMAIN = `services/run-orchestrator/src/${MARK}/domain`;
const GATEWAY = `services/gateway/src/${MARK}`;

const pure = { rule: 'causeway/pure-domain', says: 'pure code takes time' };
const out = { rule: 'causeway/one-path-out', says: 'only services/egress-proxy' };

const PURITY_PROBES: readonly Probe[] = [
  { title: 'a domain reads a file', file: `${DOMAIN}/file.ts`, code: importing('node:fs'), ...pure },
  { title: 'a domain uses a builtin without prefix', file: `${DOMAIN}/bare.ts`, code: importing('crypto'), ...pure },
  {
    title: 'a domain loads a builtin while it runs',
    file: `${DOMAIN}/dynamic.ts`,
    code: `export const load = (): Promise<unknown> => import('node:os');\n`,
    ...pure,
  },
  {
    title: 'a domain passes a builtin on',
    file: `${DOMAIN}/re-export.ts`,
    code: `export { randomUUID } from 'node:crypto';\n`,
    ...pure,
  },
  {
    title: 'a domain reads the clock',
    file: `${DOMAIN}/now.ts`,
    code: `export const now = () => Date.now();\n`,
    ...pure,
  },
  {
    title: 'a domain takes a date from the clock',
    file: `${DOMAIN}/date.ts`,
    code: `export const today = () => new Date();\n`,
    ...pure,
  },
  {
    title: 'a domain reads the clock under another name',
    file: `${DOMAIN}/clock.ts`,
    code: `const { now } = Date;\nexport const today = () => now();\n`,
    ...pure,
  },
  {
    title: 'a domain reads the clock through the global object',
    file: `${DOMAIN}/global.ts`,
    code: `export const now = () => globalThis.performance;\n`,
    ...pure,
  },
  {
    title: 'a domain draws a number',
    file: `${DOMAIN}/random.ts`,
    code: `export const r = () => Math.random();\n`,
    ...pure,
  },
  {
    title: 'a domain draws a number under another name',
    file: `${DOMAIN}/destructured.ts`,
    code: `const { random } = Math;\nexport const r = () => random();\n`,
    ...pure,
  },
  {
    title: 'a domain makes an id',
    file: `${DOMAIN}/uuid.ts`,
    code: `export const id = () => crypto.randomUUID();\n`,
    ...pure,
  },
  {
    title: 'a domain reads the environment',
    file: `${DOMAIN}/env.ts`,
    code: `export const e = process.env;\n`,
    ...pure,
  },
  {
    title: 'a domain waits',
    file: `${DOMAIN}/timer.ts`,
    code: `export const wait = () => setTimeout(() => undefined, 1);\n`,
    ...pure,
  },
  {
    title: 'the contracts read the clock',
    file: `libs/contracts/src/${MARK}/now.ts`,
    code: `export const n = Date.now();\n`,
    ...pure,
  },
  {
    title: 'the eventing kernel waits',
    file: `libs/eventing/src/${MARK}/timer.ts`,
    code: `export const t = setTimeout;\n`,
    ...pure,
  },
  {
    title: 'the ledger kernel draws random bytes',
    file: `libs/ledger/src/${MARK}/random.ts`,
    code: `export { randomBytes } from 'node:crypto';\n`,
    rule: 'causeway/pure-ledger',
    says: 'pure code takes time',
  },
  {
    title: 'control: the ledger kernel hashes and signs',
    file: `libs/ledger/src/${MARK}/control.ts`,
    code: `export { createHash, sign } from 'node:crypto';\n`,
  },
  {
    title: 'control: a domain calculates with inputs',
    file: `${DOMAIN}/control.ts`,
    code: `export const later = (now: string): string => new Date(Math.max(Date.parse(now), 1)).toISOString();\n`,
  },
  {
    title: 'a domain specification uses the framework',
    file: `${DOMAIN}/nest.spec.ts`,
    code: importing('@nestjs/common'),
    rule: 'causeway/no-nest-in-domain',
    says: 'knows no framework',
  },
];

const SOCKET_PROBES: readonly Probe[] = [
  ...['node:http', 'node:https', 'node:http2', 'node:net', 'node:tls', 'node:dgram', 'node:dns', 'http', 'undici'].map(
    (module): Probe => ({
      title: `a service imports ${module}`,
      file: `${GATEWAY}/${module.replace(':', '-')}.ts`,
      code: importing(module),
      ...out,
    }),
  ),
  ...['fetch', 'WebSocket', 'EventSource'].map((name): Probe => ({
    title: `a service uses the global ${name}`,
    file: `${GATEWAY}/global-${name}.ts`,
    code: `export const open = () => ${name};\n`,
    ...out,
  })),
  {
    title: 'a service calls fetch through the global object',
    file: `${GATEWAY}/global-this.ts`,
    code: `export const open = () => globalThis.fetch;\n`,
    ...out,
  },
  {
    title: 'a service loads a socket while it runs',
    file: `${GATEWAY}/dynamic.ts`,
    code: `export const load = (): Promise<unknown> => import('node:net');\n`,
    ...out,
  },
  {
    title: 'a service asks the process for a socket',
    file: `${GATEWAY}/builtin.ts`,
    code: `export const net = process.getBuiltinModule('node:net');\n`,
    ...out,
  },
  {
    title: 'an adapter opens a socket',
    file: `libs/messaging/src/${MARK}/net.ts`,
    code: importing('node:net'),
    ...out,
  },
  { title: 'a command opens a socket', file: `cli/src/${MARK}/http.ts`, code: importing('node:http'), ...out },
  {
    title: 'the health listener calls out',
    file: `libs/service-kit/src/health-${MARK}.ts`,
    code: `export { request } from 'node:http';\n`,
    rule: 'causeway/only-listens',
    says: 'opens none',
  },
  {
    title: 'the listener of the witness calls out',
    file: `witness/src/http-${MARK}.ts`,
    code: `export { request } from 'node:http';\n`,
    rule: 'causeway/only-listens',
    says: 'opens none',
  },
  { title: 'the witness opens a socket', file: `witness/src/${MARK}/net.ts`, code: importing('node:net'), ...out },
  {
    title: 'control: the health listener listens',
    file: `libs/service-kit/src/health-${MARK}-control.ts`,
    code: `export { createServer } from 'node:http';\n`,
  },
  {
    title: 'the client of witnesses opens a socket of its own',
    file: `services/audit-ledger/src/witness/post-to-witness-${MARK}.ts`,
    code: importing('node:net'),
    rule: 'causeway/witnesses-are-only-asked',
    says: 'witnesses that an operator listed',
  },
  {
    title: 'the ledger opens a connection elsewhere',
    file: `services/audit-ledger/src/witness/${MARK}/http.ts`,
    code: `export { request } from 'node:http';\n`,
    ...out,
  },
  {
    title: 'control: the client of witnesses asks over HTTP',
    file: `services/audit-ledger/src/witness/post-to-witness-${MARK}-control.ts`,
    code: `export { request } from 'node:http';\nexport { request as secure } from 'node:https';\n`,
  },
  {
    title: 'control: egress-proxy reaches the network',
    file: `services/egress-proxy/src/${MARK}/control.ts`,
    code: importing('node:tls') + importing('undici') + `export const open = () => fetch;\n`,
  },
  {
    title: 'control: a service names a type of node:http and tells addresses apart',
    file: `${GATEWAY}/control.ts`,
    code: `export type { IncomingMessage } from 'node:http';\nexport { isIP } from 'node:net';\n`,
  },
  {
    title: 'the witness starts a process',
    file: `witness/src/${MARK}/process.ts`,
    code: importing('node:child_process'),
    rule: 'causeway/no-child-processes',
    says: 'only provisioning starts processes',
  },
  {
    title: 'a service starts a process',
    file: `${GATEWAY}/process.ts`,
    code: importing('node:child_process'),
    rule: 'causeway/no-child-processes',
    says: 'only provisioning starts processes',
  },
];

const EDGE_PROBES: readonly Probe[] = [
  {
    title: 'a service connects to the bus itself',
    file: `${GATEWAY}/bus.ts`,
    code: importing('@nats-io/transport-node'),
    rule: 'causeway/bus-through-messaging',
    says: 'libs/messaging',
  },
  {
    title: 'a service connects to the database itself',
    file: `services/audit-ledger/src/${MARK}/database.ts`,
    code: importing('pg'),
    rule: 'causeway/database-through-postgres',
    says: 'libs/postgres',
  },
  {
    title: 'a module opens a transport of the framework',
    file: `${GATEWAY}/transport.module.ts`,
    code: `export { ClientsModule } from '@nestjs/microservices';\n`,
    rule: 'causeway/no-framework-transports',
    says: 'libs/messaging',
  },
  {
    title: 'the framework leaves the edge',
    file: `${GATEWAY}/nest.ts`,
    code: importing('@nestjs/common'),
    rule: 'causeway/nest-at-the-edge',
    says: '*.controller.ts',
  },
  {
    title: 'control: a module uses the framework',
    file: `${GATEWAY}/control.module.ts`,
    code: importing('@nestjs/common'),
  },
  {
    title: 'control: libs/messaging uses the bus',
    file: `libs/messaging/src/${MARK}/control.ts`,
    code: importing('@nats-io/transport-node'),
  },
  {
    title: 'control: libs/postgres uses the driver',
    file: `libs/postgres/src/${MARK}/control.ts`,
    code: importing('pg'),
  },
];

/** What code may reach: clock, randomness, sockets, processes, the bus, the database, the framework. */
export const REACH_PROBES: readonly Probe[] = [...PURITY_PROBES, ...SOCKET_PROBES, ...EDGE_PROBES];
