import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpApi, OPERATOR_ROLES, pathOf, type OperatorRole, type Problem } from '@causeway/contracts';
import { createLog, createMetrics } from '@causeway/service-kit';
import type { AssembledHttp } from '@causeway/service-kit/http';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { assembleGateway } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import { serveStubOrchestrator, serveStubProofs, serveStubResources, type StubOwner } from './stub-owners.ts';
import { serveToldLedger, type ToldLedger } from './told-ledger.features.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const newToken = (): string => `cwa_${randomBytes(32).toString('base64url')}`;

export type Asked = {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
};
export type Answered<Body = unknown> = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly body: Body;
};

/** The gateway on a port of its own, upon a real bus whose other services are played by the test. */
export type GatewayUnderTest = {
  readonly infrastructure: TestInfrastructure;
  readonly gateway: AssembledHttp;
  readonly url: string;
  readonly ledger: ToldLedger;
  readonly orchestrator: StubOwner;
  readonly resources: StubOwner;
  readonly proofs: StubOwner;
  readonly keys: Readonly<Record<OperatorRole, string>>;
  readonly keysFile: string;
  readonly ask: <Body = Problem>(path: string, asked?: Asked) => Promise<Answered<Body>>;
  /** The body of an answer as it came. */
  readonly bytes: (path: string, headers?: Record<string, string>) => Promise<Answered<Buffer>>;
  readonly ready: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export const bearer = (credential: string): { authorization: string } => ({ authorization: `Bearer ${credential}` });
export const READY_PATH = pathOf(httpApi.getReadiness);

export async function gatewayUnderTest(): Promise<GatewayUnderTest> {
  const infrastructure = await testInfrastructure();
  const folder = mkdtempSync(join(tmpdir(), 'causeway-gateway-test-'));
  const keys = Object.fromEntries(OPERATOR_ROLES.map((role) => [role, `cwk_${role}`])) as Record<OperatorRole, string>;
  const keysFile = join(folder, 'keys.json');
  writeKeys(keysFile, keys);
  const ledgerBus = await infrastructure.connect('audit-ledger');
  const ledger = serveToldLedger(ledgerBus);
  const proofs = serveStubProofs(ledgerBus);
  const orchestrator = serveStubOrchestrator(await infrastructure.connect('run-orchestrator'));
  const resources = serveStubResources(await infrastructure.connect('resource-store'));
  const config = readConfig({ ...infrastructure.environment('gateway'), CAUSEWAY_OPERATOR_KEYS_FILE: keysFile });
  const bus = await infrastructure.connect('gateway');
  const log = createLog('gateway', 'silent');
  const gateway = await assembleGateway({ config, bus, log, metrics: createMetrics('gateway') });
  await gateway.app.listen(0, '127.0.0.1');
  gateway.start();

  const ask: GatewayUnderTest['ask'] = async (path, { method = 'GET', headers = {}, body } = {}) => {
    const answer = await gateway.app.inject({ method, url: path, headers, ...payload(body) });
    const isJson = String(answer.headers['content-type']).includes('json');
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: (isJson ? answer.json() : answer.body) as never,
    };
  };
  return {
    ...{ infrastructure, gateway, ledger, orchestrator, resources, proofs, keys, keysFile, ask },
    bytes: async (path, headers = {}) => {
      const answer = await gateway.app.inject({ method: 'GET', url: path, headers });
      return { status: answer.statusCode, headers: answer.headers, body: answer.rawPayload };
    },
    url: await gateway.app.getUrl(),
    ready: async () => {
      while ((await ask(READY_PATH)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    stop: async () => {
      gateway.drain();
      await gateway.app.close();
      await gateway.stop();
      await infrastructure.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A body that is a string is sent as it is. */
function payload(body: unknown): { payload?: string | object } {
  return body === undefined ? {} : { payload: body as string | object };
}

export function writeKeys(file: string, keys: Readonly<Record<string, string>>): void {
  const known = Object.entries(keys).map(([role, key]) => ({ id: `${role}-1`, role, sha256: sha256(key) }));
  writeFileSync(file, JSON.stringify({ keys: known }));
}
