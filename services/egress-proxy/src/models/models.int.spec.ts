import { unmountAll } from '../../test/secret-sites.features.ts';
import { closeAll, factOf } from '../../test/sites.ts';
import {
  anthropicStream,
  json,
  openaiUsage,
  openaiWords,
  provider,
  SECRET,
  sent,
  streamed,
  used,
  type Answering,
} from '../../test/model-world.ts';
import type { ModelAnswer } from './model.controller.ts';

afterEach(closeAll);
afterEach(unmountAll);

const words = ['Hel', 'lo ', 'wörld 🙂', '.'];
const openai = sent(...words.map(openaiWords), openaiUsage(12, 5), '[DONE]');
const refused = (code: string) => ({ ok: false, rejection: expect.objectContaining({ code }) as unknown });
const usageIn = (answer: ModelAnswer) => (answer.ok ? answer.value.result.usage : answer.rejection);
const bodyIn = (answer: ModelAnswer): string =>
  answer.ok ? (answer.value.result.body ?? '') : answer.rejection.detail;

describe('a model call', () => {
  it('is sent with the credential, the limit and nothing that was not asked, and metered as the provider says', async () => {
    const body = { choices: [{ message: { content: 'Hello.' } }], usage: { prompt_tokens: 9, completion_tokens: 3 } };
    const made = await provider(json(body));
    const call = made.callFor();
    const answer = await made.models.make(call);
    expect(answer).toMatchObject({
      ok: true,
      value: {
        result: { status: 200, body: JSON.stringify(body), usage: used(9, 3) },
        inputTokens: 9,
        outputTokens: 3,
      },
    });
    const [seen] = made.server.seen;
    expect(seen).toMatchObject({ target: '/v1/chat/completions', headers: { authorization: `Bearer ${SECRET}` } });
    const messages = [{ role: 'user', content: 'Say hello.' }];
    expect(JSON.parse(seen?.body ?? '')).toEqual({ messages, model: 'm-1', stream: false, max_completion_tokens: 100 });
    const fact = await factOf(made, { ...call, request: { url: '', method: 'POST', headers: {} } });
    expect(fact).toMatchObject({ type: 'egress.completed', data: { rule: 'models', usage: used(9, 3) } });
    expect(JSON.stringify([answer, fact])).not.toContain(SECRET);
  });

  it('speaks the dialect of Anthropic, cached input included', async () => {
    const made = await provider(streamed(anthropicStream(words, { input: 7, output: 6 })));
    const answer = await made.ask({ dialect: 'anthropic', stream: true });
    expect(usageIn(answer)).toEqual(used(12, 6));
    const [seen] = made.server.seen;
    expect(seen).toMatchObject({ headers: { 'x-api-key': SECRET, 'anthropic-version': '2023-06-01' } });
    expect(JSON.parse(seen?.body ?? '')).toMatchObject({ stream: true, max_tokens: 100 });
  });

  it('is made once, whoever asks again', async () => {
    const made = await provider(streamed(openai));
    const call = made.callFor({ stream: true });
    const [one, two] = await Promise.all([made.models.make(call), made.models.make(call)]);
    expect(one).toEqual(two);
    expect(made.server.seen).toHaveLength(1);
  });

  it.each([
    ['to a model that the pack does not name', { model: 'unknown' }],
    ['that no rule allows', { model: 'other' }],
    ['that lets the provider search', { request: { messages: [], web_search_options: {} } }],
    ['that lets the provider keep what was said', { request: { messages: [], store: true } }],
    ['with a tool that the provider uses by itself', { request: { messages: [], tools: [{ type: 'web_search' }] } }],
    [
      'with a picture that the provider would fetch',
      {
        request: {
          messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a.example' } }] }],
        },
      },
    ],
    [
      'with a file within what a tool answered',
      {
        dialect: 'anthropic',
        request: { messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ type: 'document' }] }] }] },
      },
    ],
  ])('%s never leaves', async (_what, asked) => {
    const made = await provider(json({}));
    expect(await made.ask(asked)).toMatchObject(refused('POLICY_DENIED'));
    expect(made.server.connections()).toBe(0);
  });
});

describe('a stream', () => {
  it('is passed on piece by piece, in order and whole, and is the result, too', async () => {
    const made = await provider((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const bytes = Buffer.from(openai);
      const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) => bytes.subarray(n * 7, n * 7 + 7));
      const next = (): unknown => {
        const piece = pieces.shift();
        return piece ? response.write(piece, () => setImmediate(next)) : response.end();
      };
      next();
    });
    const answer = await made.ask({ stream: true });
    expect(JSON.parse(made.server.seen[0]?.body ?? '')).toMatchObject({ stream_options: { include_usage: true } });
    expect(bodyIn(answer)).toBe(openai);
    expect(made.published.length).toBeGreaterThan(1);
    let whole = '';
    for (const { at, text } of made.published) {
      expect(at).toBe(whole.length);
      whole += text;
    }
    expect(whole).toBe(openai);
    expect(usageIn(answer)).toEqual(used(12, 5));
  });

  it.each<[string, object, string, object]>([
    ['no usage', { stream: true }, sent(...words.map(openaiWords), '[DONE]'), { outputTokens: 6 }],
    [
      'a usage that is far too low',
      { stream: true },
      sent(openaiWords('one two three four '.repeat(100)), openaiUsage(12, 1)),
      { outputTokens: 401 },
    ],
  ])('with %s is counted here, and called an estimate', async (_what, asked, text, wanted) => {
    const made = await provider(streamed(text));
    const usage = usageIn(await made.ask({ ...asked, maxTokens: 900 }));
    expect(usage).toMatchObject({ ...wanted, estimated: true, cutOff: false });
    expect((usage as { inputTokens: number }).inputTokens).toBeGreaterThan(5);
  });

  it.each([
    [
      'says more than is reserved, event by event',
      'openai',
      sent(...Array.from({ length: 400 }, () => openaiWords('one two three four five '))),
    ],
    ['counts more than is reserved', 'anthropic', anthropicStream(['Hi'], { input: 7, output: 101 })],
  ])('that %s is cut off, and says so', async (_what, dialect, text) => {
    const made = await provider(streamed(text));
    const answer = await made.ask({ stream: true, dialect });
    expect(usageIn(answer)).toMatchObject({ cutOff: true });
    expect((usageIn(answer) as { outputTokens: number }).outputTokens).toBeGreaterThan(100);
    expect(bodyIn(answer)).toContain('budget_exhausted');
    expect(made.published.map(({ text: piece }) => piece).join('')).toBe(bodyIn(answer));
  });

  it.each<[string, string, Answering, number?]>([
    ['is malformed', 'UPSTREAM_PROTOCOL_REFUSED', streamed(sent(openaiWords('Hello'), '{"choices": [tru'))],
    ['ends within an event', 'UPSTREAM_PROTOCOL_REFUSED', streamed(`${openai}data: {"choices":`)],
    [
      'stalls',
      'UPSTREAM_TIMEOUT',
      (_r, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sent(openaiWords('Hello'))),
      700,
    ],
    [
      'is something else',
      'UPSTREAM_PROTOCOL_REFUSED',
      (_r, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    ],
    [
      'sends elsewhere',
      'UPSTREAM_PROTOCOL_REFUSED',
      (_r, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    ],
    ['holds the credential', 'SECRET_ECHOED', streamed(sent(openaiWords(`you sent ${SECRET}`)))],
  ])('that %s fails, and what was used is charged', async (_what, code, answering, timeoutMs = 30_000) => {
    const made = await provider(answering, { egress: { maxResponseBytes: 100_000, timeoutMs } });
    const answer = await made.ask({ stream: true });
    expect(answer).toMatchObject(refused(code));
    const { facts } = answer.ok ? { facts: {} } : answer.rejection;
    expect(facts).toMatchObject({
      inputTokens: expect.any(Number) as number,
      costMicros: expect.any(Number) as number,
    });
    expect(JSON.stringify([answer, made.published])).not.toContain(SECRET);
  });
});

describe('a provider that', () => {
  it('refuses is told with its status, and nothing is charged', async () => {
    const made = await provider(json({ error: { message: 'no such model' } }, 404));
    const answer = await made.ask();
    expect(answer).toMatchObject({
      ok: true,
      value: { result: { status: 404 }, inputTokens: 0, outputTokens: 0, costMicros: 0 },
    });
    expect(bodyIn(answer)).toContain('no such model');
  });

  it('breaks off before it answered leaves the outcome unknown', async () => {
    const made = await provider((_request, response) => void response.destroy());
    expect(await made.ask()).toMatchObject(refused('STEP_OUTCOME_UNKNOWN'));
  });
});
