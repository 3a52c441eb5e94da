import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fetchForStep,
  formatId,
  getResource,
  ingestResource,
  type DataOf,
  type FetchResult,
  type IngestInput,
  type MessageContract,
  type StepGrant,
} from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { ok } from '@causeway/messaging';
import {
  serveMemoryLedger,
  silentLog,
  testInfrastructure,
  type TestDatabase,
  type TestInfrastructure,
} from '@causeway/testing';
import { serveOnBus } from '@causeway/service-kit';
import { assemble } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import { sha256Hex } from '../src/resources/digest.ts';

/** What a test says about the grant of a call; the rest is filled in and fits. */
export type GrantCase = {
  readonly runId?: string;
  readonly sessionId?: string;
  readonly stepId?: string;
  readonly deadlineAt?: string;
  readonly inputDigest?: string;
  readonly byteAllowance?: number;
  readonly reserved?: StepGrant['reserved'];
};

export const newId = (kind: 'run' | 'session' | 'call' | 'resource'): string => formatId(kind, randomBytes(16));
export const SESSION = newId('session');
export const metaOf = (id: string) => ({ id, actor: { kind: 'agent' as const, id: 'researcher' } });
export const textOf = (content: string): IngestInput => ({ source: 'text', text: content, title: 'Notes' });
export const refusal = (code: string) => ({ ok: false, rejection: expect.objectContaining({ code }) as unknown });

function grantFor(input: unknown, given: GrantCase = {}): StepGrant {
  return {
    ...{ callId: newId('call'), sessionId: SESSION, agentId: 'researcher', runId: newId('run'), stepId: 'step-1' },
    ...{ attempt: 1, rule: 'allow', policy: { pack: 'test', version: '1', digest: sha256Hex('policy') } },
    ...{ deadlineAt: new Date(Date.now() + 20_000).toISOString(), byteAllowance: 100_000 },
    inputDigest: sha256Hex(canonicalJson(input)),
    ...given,
  };
}

/** The whole service on a real bus and database; the ledger is played from memory, and egress-proxy answers what the test says. */
export async function startStore() {
  const infra = await testInfrastructure();
  const database = await infra.database();
  const folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
  const ledger = serveMemoryLedger(await infra.connect('audit-ledger'));
  const orchestrator = await infra.connect('run-orchestrator');
  const gateway = await infra.connect('gateway');
  const fetched: DataOf<typeof fetchForStep>[] = [];
  let page: Partial<FetchResult> = {};
  const proxy = await infra.connect('egress-proxy');
  proxy.serve(fetchForStep, async ({ data }) => {
    fetched.push(data);
    return ok({ result: { ...answerTo(data.url, page.body), ...page }, bytesIn: 7, bytesOut: 3 });
  });
  let stopService = await startService({ infra, database, folder });

  async function call<C extends MessageContract>(contract: C, input: unknown, given?: GrantCase) {
    const grant = grantFor(input, given);
    return orchestrator.request(contract, { grant, input } as C['data']['_zod']['input'], metaOf(grant.callId));
  }
  const ingest = (input: IngestInput, given?: GrantCase) => call(ingestResource.call, input, given);
  return {
    ...{ folder, ledger: ledger.ledger, mute: ledger.mute, unmute: ledger.unmute },
    ...{ orchestrator, gateway, proxy, fetched, call, ingest },
    grantFor,
    pool: database.pool('resource_store'),
    /** What egress-proxy answers from now on, besides a good page. */
    answer: (given: Partial<FetchResult>) => {
      page = given;
    },
    ingested: async (input: IngestInput, given?: GrantCase) => {
      const reply = await ingest(input, given);
      if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
      return reply.value.result;
    },
    get: (resourceId: string, given: GrantCase & { offset?: number; limit?: number } = {}) => {
      const { offset = 0, limit = 16_384, ...rest } = given;
      return call(getResource.call, { resourceId, offset, limit }, rest);
    },
    restart: async () => {
      await stopService();
      stopService = await startService({ infra, database, folder });
    },
    stop: async () => {
      await stopService();
      await infra.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
export type Store = Awaited<ReturnType<typeof startStore>>;

function answerTo(url: string, body = 'page'): FetchResult {
  const { length: sizeBytes } = body;
  const answer = { status: 200, url, headers: {}, contentType: 'text/html', redirects: 0 };
  return { ...answer, body, bodyEncoding: 'utf8', sizeBytes, sha256: sha256Hex(body) };
}

type Place = { readonly infra: TestInfrastructure; readonly database: TestDatabase; readonly folder: string };

async function startService({ infra, database, folder }: Place): Promise<() => Promise<void>> {
  const bus = await infra.connect('resource-store');
  const config = readConfig({ ...infra.environment('resource-store', database), CAUSEWAY_INGEST_DIR: folder });
  const { module, start, stop } = await assemble({ config, bus, log: silentLog });
  const served = await serveOnBus({ module }, bus, false);
  await start?.();
  return async () => {
    await bus.stopServing(1_000);
    await stop?.();
    await served.close();
  };
}
