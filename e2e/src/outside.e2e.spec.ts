import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { httpApi, type FetchResult, type JsonObject, type RunView } from '@causeway/contracts';
import { startInstance } from '@causeway/provisioning';
import { apiOf, type Api, type Work } from './api.ts';
import { newHome, removeHome, START_TIMEOUT_MS, STOP_TIMEOUT_MS, systemOf, type System } from './system.ts';

const LARGE = 'a line of a large page\n'.repeat(40_000);
const SECRET = 'sk-of-the-whole-system-0123456789';
const WORDS = ['Hel', 'lo.'].map((content) => ({ choices: [{ delta: { content } }] }));
const STREAM = [...WORDS, { choices: [], usage: { prompt_tokens: 11, completion_tokens: 3 } }]
  .map((event) => `data: ${JSON.stringify(event)}\n\n`)
  .join('');
const RULES = `
@id("site") permit (principal, action == Action::"network.http-fetch", resource) when { resource.destination == "site" };
@id("read") permit (principal, action == Action::"resource.get", resource);
@id("models") permit (principal, action == Action::"model.chat", resource) when { resource.name == "m-1" };
`;

const packFor = (port: number): string =>
  JSON.stringify({
    ...{ id: 'outside', version: '1', description: 'A site and a model on this machine.' },
    limits: { maxSteps: 100, defaultSteps: 50, maxWallClockMs: 600_000, defaultWallClockMs: 600_000 },
    approvals: { expiresAfterMs: 60_000 },
    destinations: [{ name: 'site', host: 'site.internal', address: '127.0.0.1', port }],
    models: [
      {
        ...{ id: 'm-*', dialect: 'openai', url: `http://site.internal:${port}/v1/chat/completions`, secret: 'key' },
        ...{ inputMicros: 2, outputMicros: 10, maxOutputTokens: 1_000 },
      },
    ],
    egress: {
      ...{ maxRequestBytes: 10_000, maxResponseBytes: 20_000, timeoutMs: 30_000, maxRedirects: 0 },
      ...{ maxKeptBytes: 4_000_000, maxSentBytes: 4_000_000 },
    },
  });

describe('what comes from outside and does not fit, or comes bit by bit', () => {
  let home: string;
  let site: Server;
  let system: System;
  let api: Api;
  let work: Work;
  const credentials: (string | undefined)[] = [];

  beforeAll(async () => {
    site = createServer((request, response) => {
      if (request.url === '/v1/chat/completions') {
        credentials.push(request.headers.authorization);
        request.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(STREAM);
        return;
      }
      if (request.method === 'GET') {
        response.writeHead(200, { 'content-type': 'text/plain' }).end(LARGE);
        return;
      }
      let sizeBytes = 0;
      request.on('data', (chunk: Buffer) => (sizeBytes += chunk.length));
      request.on('end', () => response.end(String(sizeBytes)));
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    home = newHome();
    const [policy, secrets] = [join(home, 'pack'), join(home, 'model-secrets')];
    for (const folder of [policy, secrets]) mkdirSync(folder);
    writeFileSync(join(policy, 'pack.yaml'), packFor((site.address() as AddressInfo).port));
    writeFileSync(join(policy, 'constitution.cedar'), '');
    writeFileSync(join(policy, 'policy.cedar'), RULES);
    writeFileSync(join(secrets, 'key'), `${SECRET}\n`);
    const told = { CAUSEWAY_POLICY_DIR: policy };
    const proxy = { ...told, CAUSEWAY_SECRETS_DIR: secrets };
    system = systemOf(await startInstance({ home, overrides: { 'egress-proxy': proxy, 'run-orchestrator': told } }));
    api = apiOf(system);
    work = await api.startWork('agent-a');
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    site.close();
    await removeHome(home);
  }, STOP_TIMEOUT_MS);

  const fetched = (stepId: string, input: JsonObject) => api.step(work, stepId, ['network.http-fetch', input]);
  const budget = async () => {
    const asked = { token: system.keys.operator, params: { runId: work.runId } };
    return (
      await api.good<RunView>(httpApi.getRun, { ...asked, query: { minPosition: (await api.nextPosition()) - 1 } })
    ).budget;
  };

  it('is kept as a resource, read in pages, and sent on by its name; the budget has it all', async () => {
    const url = `http://site.internal:${(site.address() as AddressInfo).port}/page`;
    const first = await fetched('large', { url });
    expect(first).toMatchObject({ status: 200, body: { state: 'succeeded' } });
    const { bodyResource: resourceId, sizeBytes } = first.body.result?.value as unknown as FetchResult;
    expect(sizeBytes).toBe(LARGE.length);
    if (resourceId === undefined) throw new Error('the body was not kept');
    const page = await api.step(work, 'page', ['resource.get', { resourceId, offset: LARGE.length - 5, limit: 100 }]);
    expect(page.body.result?.value).toMatchObject({ text: LARGE.slice(-5), resource: { label: 'untrusted' } });
    const sent = await fetched('send', { url, method: 'POST', bodyRef: resourceId });
    expect(sent.body.result?.value).toMatchObject({ body: String(LARGE.length) });
    const { storedBytes, bytesIn, bytesOut } = await budget();
    expect([storedBytes?.used, storedBytes?.reserved]).toEqual([LARGE.length, 0]);
    expect([bytesIn?.used, bytesOut?.used].every((bytes) => (bytes ?? 0) > LARGE.length)).toBe(true);
  }, 60_000);

  it('is a model that answers bit by bit, charged by its own counts, with a credential that nobody else sees', async () => {
    const { token, runId } = work;
    const body = { model: 'm-1', stream: true, messages: [{ role: 'user', content: 'hi' }], causeway: { runId } };
    const answer = await api.call<string>(httpApi.openaiChat, { token, body });
    expect(answer).toEqual({ status: 200, body: STREAM });
    expect(credentials).toEqual([`Bearer ${SECRET}`]);
    const { inputTokens, outputTokens, costMicros } = await budget();
    expect([inputTokens?.used, outputTokens?.used, costMicros?.used]).toEqual([11, 3, 52]);
    expect([inputTokens?.reserved, outputTokens?.reserved, costMicros?.reserved]).toEqual([0, 0, 0]);
    const other = await api.call(httpApi.openaiChat, { token, body: { ...body, model: 'm-2' } });
    expect(other).toMatchObject({ status: 403, body: { code: 'POLICY_DENIED' } });
    const events = await api.events();
    expect(JSON.stringify(events)).not.toContain(SECRET);
    expect(events.filter(({ type }) => type === 'egress.completed').at(-1)).toMatchObject({
      data: { usage: { outputTokens: 3 } },
    });
  }, 60_000);
});
