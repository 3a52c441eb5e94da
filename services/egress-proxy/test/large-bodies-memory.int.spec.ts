import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getResource, httpFetch, type FetchInput, type RequestMeta, type StepGrant } from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { createPolicy, loadPack, type Policy } from '@causeway/policy';
import {
  serveMemoryLedger,
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { ALLOW_ALL, callOf, digestOf, filesFor } from './calls.ts';

const MIB = 1_048_576;
const BODY_BYTES = 96 * MIB;
/** A body after which the processes have grown to what they need for any. */
const FIRST_BYTES = 16 * MIB;
/** What the large body may add to that: held in memory, it would be the body itself. */
const MOST_ADDED_MIB = BODY_BYTES / MIB / 2;
const PIECE_BYTES = 65_536;

/** A body no two pieces of which are equal. */
async function give(sizeBytes: number, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': String(sizeBytes) });
  for (let sent = 0; sent < sizeBytes; sent += PIECE_BYTES) {
    const piece = Buffer.alloc(PIECE_BYTES, 0xa5);
    piece.writeUInt32BE(sent, 0);
    if (!response.write(piece)) await once(response, 'drain');
  }
  response.end();
}

/** Answers with the digest of what it was sent. */
async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of request) hash.update(chunk as Buffer);
  response.end(hash.digest('hex'));
}

/** Resident memory of a process at its highest, in MiB. */
function highestOf({ pid }: ServiceProcess): number {
  const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(line?.[1]) / 1_024);
}

describe('a body of 96 MiB', () => {
  let infrastructure: TestInfrastructure;
  let proxy: ServiceProcess;
  let store: ServiceProcess;
  let orchestrator: Bus;
  let site: Server;
  let policy: Policy;
  let folder: string;

  beforeAll(async () => {
    infrastructure = await testInfrastructure();
    site = createServer((request, response) => {
      void (request.method === 'POST' ? take(request, response) : give(Number(request.url?.slice(1)), response));
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
    const { port } = site.address() as AddressInfo;
    const egress = { maxResponseBytes: 10_000, maxKeptBytes: BODY_BYTES, maxSentBytes: BODY_BYTES, timeoutMs: 120_000 };
    const files = filesFor({ ports: { 'site.internal': port }, rules: ALLOW_ALL, egress });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    policy = createPolicy(await loadPack(folder, {}));
    serveMemoryLedger(await infrastructure.connect('audit-ledger'));
    orchestrator = await infrastructure.connect('run-orchestrator');
    const database = await infrastructure.database();
    const told = { CAUSEWAY_POLICY_DIR: folder, CAUSEWAY_PROFILE: 'dev', CAUSEWAY_INGEST_DIR: folder };
    proxy = await startServiceProcess('egress-proxy', { ...infrastructure.environment('egress-proxy'), ...told });
    store = await startServiceProcess('resource-store', {
      ...infrastructure.environment('resource-store', database),
      ...told,
    });
  }, 120_000);

  afterAll(async () => {
    await Promise.all([proxy, store].map((process) => process?.kill()));
    site?.close();
    await infrastructure?.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  const urlOf = (path: string): string => `http://site.internal:${(site.address() as AddressInfo).port}${path}`;
  const metaOf = ({ callId, agentId }: StepGrant): RequestMeta => ({
    id: callId,
    actor: { kind: 'agent', id: agentId },
  });
  const grantOf = (input: FetchInput, ids: Partial<StepGrant> = {}): StepGrant => ({
    ...callOf(policy, input).grant,
    deadlineAt: new Date(Date.now() + 110_000).toISOString(),
    byteAllowance: 2 * BODY_BYTES,
    reserved: { storedBytes: 2 * BODY_BYTES },
    ...ids,
    inputDigest: digestOf(JSON.parse(JSON.stringify(input)) as FetchInput),
  });

  /** What only reads is asked for again, as run-orchestrator does: a service whose connection broke may have answered in vain. */
  async function fetched(input: FetchInput, ids: Partial<StepGrant> = {}) {
    const grant = grantOf(input, ids);
    const again = input.method === 'GET' ? { attemptMs: 5_000 } : {};
    const reply = await orchestrator.request(httpFetch.call, { grant, input }, metaOf(grant), {
      timeoutMs: 115_000,
      ...again,
    });
    if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
    return { ...reply.value, grant };
  }

  /** Takes a body in, reads its end, and sends it out again. */
  async function takeThrough(sizeBytes: number): Promise<void> {
    const kept = await fetched({ url: urlOf(`/${sizeBytes}`), method: 'GET', headers: {} });
    const { bodyResource: resourceId, sha256 } = kept.result;
    expect([kept.result.sizeBytes, kept.storedBytes]).toEqual([sizeBytes, sizeBytes]);
    if (resourceId === undefined) throw new Error('the body was not kept');
    const page = { resourceId, offset: sizeBytes - 100, limit: 16_384 };
    const grant = { ...kept.grant, inputDigest: digestOf(page) };
    const read = await orchestrator.request(getResource.call, { grant, input: page }, metaOf(grant));
    expect(read.ok && Buffer.from(read.value.result.text, 'base64').length).toBe(100);
    const { sessionId, runId } = kept.grant;
    const post: FetchInput = { url: urlOf('/'), method: 'POST', headers: {}, bodyRef: resourceId };
    const sent = await fetched(post, { sessionId, runId });
    expect(sent.result.body).toBe(sha256);
    expect(sent.bytesOut).toBeGreaterThan(sizeBytes);
  }

  it('is kept, read and sent again with a memory that does not grow with it', async () => {
    const highest = () => ({ proxy: highestOf(proxy), store: highestOf(store) });
    await takeThrough(FIRST_BYTES);
    const first = highest();
    await takeThrough(BODY_BYTES);
    const last = highest();
    process.stdout.write(
      `large bodies, memory at its highest after ${FIRST_BYTES / MIB} and after ${BODY_BYTES / MIB} MiB in and out: ` +
        `egress-proxy ${first.proxy} and ${last.proxy} MiB, resource-store ${first.store} and ${last.store} MiB\n`,
    );
    expect(last.proxy - first.proxy).toBeLessThan(MOST_ADDED_MIB);
    expect(last.store - first.store).toBeLessThan(MOST_ADDED_MIB);
  }, 300_000);
});
