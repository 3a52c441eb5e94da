import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import {
  executeStep,
  formatId,
  listCapabilities,
  networkTunnel,
  openSession,
  startRun,
  type Actor,
  type CapabilityList,
  type Json,
  type MessageContract,
  type ReplyOf,
  type StepOutcome,
} from '@causeway/contracts';
import {
  selfSigned,
  startServiceProcess,
  testInfrastructure,
  until,
  type SelfSigned,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { BUS_PORT, NAME_SERVER, PROXY_PORT, SITE_NAME } from './addresses.ts';
import type { Sockets } from './beside.ts';
import type { CanaryCount } from './canary.ts';
import type { InternetReport } from './internet.ts';
import { twoNetworks, type Networks } from './namespaces.features.ts';
import { join } from './relay.ts';

export type JsonRecord = { readonly [name: string]: Json };

/** A run, and what proves that one acts for it. */
export type Holder = {
  readonly agentId: string;
  readonly sessionId: string;
  readonly runId: string;
  readonly token: string;
};

export type JailSystem = {
  readonly folder: string;
  readonly networks: Networks;
  readonly sockets: Sockets;
  readonly identity: SelfSigned;
  readonly ask: <C extends MessageContract>(contract: C, data: C['data']['_zod']['input']) => Promise<ReplyOf<C>>;
  readonly newHolder: (agentId: string) => Promise<Holder>;
  /** A step of the run, asked for as its agent; resolves once it is over. */
  readonly step: (holder: Holder, capability: string, input: JsonRecord) => Promise<StepOutcome>;
  /** What came to the internet, and to the canaries beside the proxy, since the last time. */
  readonly internet: () => Promise<InternetReport>;
  readonly beside: () => Promise<CanaryCount>;
  readonly close: () => Promise<void>;
};

const OPERATOR = { kind: 'operator', id: 'olga' } as const;

/**
 * Ledger and orchestrator on this machine, and egress-proxy as a process in a network of its own: besides the bus it has one wire, to a made-up internet.
 */
export async function jailSystem(pack: Readonly<Record<string, string>>): Promise<JailSystem> {
  const ends: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { ...(await started(pack, ends)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Ends = (() => unknown)[];

async function started(pack: Readonly<Record<string, string>>, ends: Ends): Promise<Omit<JailSystem, 'close'>> {
  const folder = mkdtempSync(joinPath(tmpdir(), 'causeway-jail-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const identity = selfSigned(SITE_NAME);
  writeFileSync(joinPath(folder, 'identity.json'), JSON.stringify(identity));
  writeFileSync(joinPath(folder, 'authority.pem'), identity.cert);
  const networks = await twoNetworks(folder);
  ends.push(networks.close);
  const internet = await helper(networks.internet.enter, ['internet.ts', joinPath(folder, 'identity.json')], ends);
  const infrastructure = await testInfrastructure();
  ends.push(infrastructure.stop);
  const sockets = socketsIn(folder);
  ends.push(await relayToBus(sockets.bus, infrastructure.nats.url));
  const beside = await helper(networks.proxySide.enter, ['beside.ts', JSON.stringify(sockets)], ends);
  await services({ infrastructure, folder, pack, networks }, ends);
  const gateway = await infrastructure.connect('gateway');
  const askAs = async <C extends MessageContract>(
    actor: Actor,
    contract: C,
    data: C['data']['_zod']['input'],
  ): Promise<ReplyOf<C>> => {
    const meta = { id: randomBytes(8).toString('hex'), actor };
    const reply = await gateway.request(contract, data, meta, { timeoutMs: 20_000 });
    if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
    return reply.value;
  };
  const ask: JailSystem['ask'] = (contract, data) => askAs(OPERATOR, contract, data);
  await until('what the proxy can do is announced', async () => {
    const { capabilities } = (await ask(listCapabilities, {})) as CapabilityList;
    return capabilities.some(({ id }) => id === networkTunnel.id);
  });
  const step: JailSystem['step'] = ({ agentId, sessionId, runId }, capability, input) => {
    const stepId = `step-${randomBytes(8).toString('hex')}`;
    return askAs({ kind: 'agent', id: agentId }, executeStep, { runId, sessionId, stepId, capability, input });
  };
  return {
    ...{ folder, networks, sockets, identity, ask, step, newHolder: (agentId) => newHolder(ask, agentId) },
    internet: () => reportOf<InternetReport>(internet),
    beside: () => reportOf<CanaryCount>(beside),
  };
}

function socketsIn(folder: string): Sockets {
  const named = (name: string): string => joinPath(folder, `${name}.sock`);
  const files = { bus: named('bus'), proxy: named('proxy'), bareProxy: named('bare'), canary: named('canary') };
  return { ...files, abstractCanary: `causeway-${randomBytes(8).toString('hex')}` };
}

/** A program of this folder, in another network; it reports whenever it is asked. */
async function helper(
  enter: readonly string[],
  [file = '', ...args]: readonly string[],
  ends: Ends,
): Promise<ChildProcess> {
  const [program = '', ...words] = [...enter, process.execPath, joinPath(import.meta.dirname, file), ...args];
  const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  ends.push(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${String(code)}`)));
  ended.catch(() => {});
  await Promise.race([once(child, 'message'), ended]);
  return child;
}

async function reportOf<Report>(child: ChildProcess): Promise<Report> {
  const told = once(child, 'message');
  child.send('report');
  const [report] = (await told) as [Report];
  return report;
}

/** The bus, as a socket file: files are seen from every network. */
async function relayToBus(path: string, busUrl: string): Promise<() => void> {
  const { hostname, port } = new URL(busUrl);
  const server: Server = createServer((socket) => join(socket, connect(Number(port), hostname)));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return () => void server.close();
}

type Setting = {
  readonly infrastructure: TestInfrastructure;
  readonly folder: string;
  readonly pack: Readonly<Record<string, string>>;
  readonly networks: Networks;
};

async function services({ infrastructure, folder, pack, networks }: Setting, ends: Ends): Promise<void> {
  const packFolder = joinPath(folder, 'pack');
  mkdirSync(packFolder);
  for (const [name, text] of Object.entries(pack)) writeFileSync(joinPath(packFolder, name), text);
  const told = { CAUSEWAY_POLICY_DIR: packFolder, CAUSEWAY_PROFILE: 'hardened' };
  const database = await infrastructure.database();
  const start = async (...args: Parameters<typeof startServiceProcess>): Promise<ServiceProcess> => {
    const service = await startServiceProcess(...args);
    ends.push(() => service.kill());
    return service;
  };
  const ledger = infrastructure.environment('audit-ledger', database);
  await start('audit-ledger', { ...ledger, CAUSEWAY_LEDGER_ORIGIN: 'ledger.test/jail' });
  const egress = {
    ...{ ...infrastructure.environment('egress-proxy'), ...told },
    ...{ CAUSEWAY_NATS_URL: `nats://127.0.0.1:${BUS_PORT}`, CAUSEWAY_DNS_SERVERS: NAME_SERVER },
    ...{ CAUSEWAY_PROXY_PORT: String(PROXY_PORT), CAUSEWAY_EGRESS_CA_FILE: joinPath(folder, 'authority.pem') },
  };
  await Promise.all([
    start('run-orchestrator', { ...infrastructure.environment('run-orchestrator', database), ...told }),
    start('egress-proxy', egress, networks.proxySide.enter),
  ]);
}

async function newHolder(ask: JailSystem['ask'], agentId: string): Promise<Holder> {
  const sessionId = formatId('session', randomBytes(16));
  const runId = formatId('run', randomBytes(16));
  const token = `cwa_${randomBytes(32).toString('base64url')}`;
  await ask(openSession, { sessionId, agentId, tokenSha256: createHash('sha256').update(token).digest('hex') });
  await ask(startRun, { runId, sessionId, goal: 'get out', predicate: { kind: 'manual' } });
  return { agentId, sessionId, runId, token };
}
