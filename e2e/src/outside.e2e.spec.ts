import { httpApi, type EgressFact, type FetchResult, type JsonObject, type RunView } from '@causeway/contracts';
import { apiOf, type Api, type Work } from './api.ts';
import { LARGE, startOutsideSystem, type OutsideSystem } from './outside/outside-system.ts';
import { KEYS } from './outside/provider.ts';
import { SAID, SAY, TOLD } from './outside/provider-formats.ts';
import { testAnthropicClient } from './outside/anthropic-client.features.ts';
import { testOpenaiClient } from './outside/openai-client.features.ts';
import { testSnippets } from './outside/snippets.features.ts';
import { START_TIMEOUT_MS, STOP_TIMEOUT_MS } from './system.ts';

describe('what comes from outside and does not fit, or comes bit by bit', () => {
  let on: OutsideSystem;
  let api: Api;
  let work: Work;
  beforeAll(async () => {
    on = await startOutsideSystem();
    api = apiOf(on.system);
    work = await api.startWork('agent-a');
  }, START_TIMEOUT_MS);
  afterAll(() => on?.stop(), STOP_TIMEOUT_MS);

  const fetched = (stepId: string, input: JsonObject) => api.step(work, stepId, ['network.http-fetch', input]);
  async function budgetOf({ runId }: Work): Promise<RunView['budget']> {
    const query = { minPosition: (await api.nextPosition()) - 1 };
    return (await api.good<RunView>(httpApi.getRun, { token: on.system.keys.operator, params: { runId }, query }))
      .budget;
  }

  it('is kept as a resource, read in pages, and sent on by its name; the budget has it all', async () => {
    const url = `${on.siteUrl}/page`;
    const first = await fetched('large', { url });
    expect(first).toMatchObject({ status: 200, body: { state: 'succeeded' } });
    const { bodyResource: resourceId, sizeBytes } = first.body.result?.value as unknown as FetchResult;
    expect(sizeBytes).toBe(LARGE.length);
    if (resourceId === undefined) throw new Error('the body was not kept');
    const page = await api.step(work, 'page', ['resource.get', { resourceId, offset: LARGE.length - 5, limit: 100 }]);
    expect(page.body.result?.value).toMatchObject({ text: LARGE.slice(-5), resource: { label: 'untrusted' } });
    const sent = await fetched('send', { url, method: 'POST', bodyRef: resourceId });
    expect(sent.body.result?.value).toMatchObject({ body: String(LARGE.length) });
    const { storedBytes, bytesIn, bytesOut } = await budgetOf(work);
    expect([storedBytes?.used, storedBytes?.reserved]).toEqual([LARGE.length, 0]);
    expect([bytesIn?.used, bytesOut?.used].every((bytes) => (bytes ?? 0) > LARGE.length)).toBe(true);
  }, 60_000);

  it('is a model that answers bit by bit, charged by its own counts, with a credential that nobody else sees', async () => {
    const { token, runId } = work;
    const messages = [{ role: 'user', content: SAY.hello }];
    const body = { model: 'm-1', stream: true, messages, causeway: { runId } };
    const { status, body: stream } = await api.call<string>(httpApi.openaiChat, { token, body });
    expect(status).toBe(200);
    expect(SAID.hello.every((words) => stream.includes(JSON.stringify(words)))).toBe(true);
    expect(stream.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(on.provider.credentials).toEqual([`Bearer ${KEYS.openai}`]);
    const { inputTokens, outputTokens, costMicros } = await budgetOf(work);
    const { input, output } = TOLD;
    expect([inputTokens?.used, outputTokens?.used, costMicros?.used]).toEqual([input, output, 2 * input + 10 * output]);
    expect([inputTokens?.reserved, outputTokens?.reserved, costMicros?.reserved]).toEqual([0, 0, 0]);
    const other = await api.call(httpApi.openaiChat, { token, body: { ...body, model: 'm-2' } });
    expect(other).toMatchObject({ status: 403, body: { code: 'POLICY_DENIED' } });
    const last = (await api.events()).findLast(({ type }) => type === 'egress.completed');
    expect(last).toMatchObject({ data: { usage: { outputTokens: output } } });
  }, 60_000);

  const stage = () => ({ api, system: on.system });
  testOpenaiClient(stage);
  testAnthropicClient(stage);
  testSnippets(stage);

  it("charges all bytes that are sealed, those of egress-proxy's own calls among them, and seals no credential", async () => {
    const events = await api.events();
    const facts = events.filter(({ type }) => type.startsWith('egress.')).map(({ data }) => data as EgressFact['data']);
    expect(facts.some(({ madeFor }) => madeFor !== undefined)).toBe(true);
    for (const runId of new Set(facts.map((fact) => fact.runId))) {
      const { bytesIn, bytesOut } = await budgetOf({ ...work, runId });
      const own = facts.filter((fact) => fact.runId === runId);
      const sum = (meter: 'bytesIn' | 'bytesOut') => own.reduce((total, fact) => total + fact[meter], 0);
      expect({ in: bytesIn, out: bytesOut }).toMatchObject({
        in: { used: sum('bytesIn'), reserved: 0 },
        out: { used: sum('bytesOut'), reserved: 0 },
      });
    }
    const sealed = JSON.stringify(events);
    expect(Object.values(KEYS).filter((key) => sealed.includes(key))).toEqual([]);
  }, 60_000);
});
