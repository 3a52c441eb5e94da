import type { ServerResponse } from 'node:http';
import { costMicrosOf, ModelChatInput, type ModelUsage, type StepGrant } from '@causeway/contracts';
import { modelCalls } from '../src/models/model.controller.ts';
import { countTokens } from '../src/models/token-count.ts';
import { callOf, digestOf } from './calls.ts';
import { secretWorld, type SecretWorldOptions } from './secret-sites.features.ts';
import type { Seen } from './destination.ts';

export const SECRET = 'sk-very-secret-key-0123456789';
export const PRICES = { inputMicros: 0.15, outputMicros: 0.6 };
const RULES =
  '@id("models") permit (principal, action == Action::"model.chat", resource) when { resource.name like "m-*" };';

export type Answering = (request: Seen, response: ServerResponse) => void;
type Asked = { [Key in keyof typeof ModelChatInput._zod.input]?: unknown };

const HOST = 'site.internal';

/** A provider of models behind TLS, and an egress-proxy whose pack names it; its credential is a mounted file. */
export async function provider(answer: Answering, options: Partial<SecretWorldOptions> = {}) {
  const made = await secretWorld({
    ...{ rules: RULES, egress: { maxResponseBytes: 100_000, timeoutMs: 30_000 }, values: { key: SECRET } },
    secretsAt: () => [],
    ...options,
    sites: { [HOST]: answer, ...options.sites },
    modelsAt: (ports) => {
      const url = `https://${HOST}:${ports[HOST]}`;
      const terms = { ...PRICES, maxOutputTokens: 1_000, secret: 'key' };
      return [
        { id: 'm-*', dialect: 'openai', url: `${url}/v1/chat/completions`, ...terms },
        { id: 'm-*', dialect: 'anthropic', url: `${url}/v1/messages`, ...terms },
        { id: 'other', dialect: 'openai', url: `${url}/v1/chat/completions`, ...terms },
      ];
    },
  });
  const published: { at: number; text: string }[] = [];
  const models = modelCalls(made.calls, {
    chunks: { publish: (_grant, at, text) => void published.push({ at, text }) },
    count: countTokens,
  });
  const callFor = (asked: Asked = {}, grant: Partial<StepGrant> = {}) => {
    const messages = [{ role: 'user', content: 'Say hello.' }];
    const input = ModelChatInput.parse({
      dialect: 'openai',
      model: 'm-1',
      maxTokens: 100,
      request: { messages },
      ...asked,
    });
    const { grant: fitting } = callOf(made.policy, { url: '' }, { rule: 'models', ...grant });
    const reserved = { inputTokens: 2_000, outputTokens: input.maxTokens ?? 1_000, ...grant.reserved };
    return { grant: { ...fitting, reserved, inputDigest: digestOf(input) }, input };
  };
  return {
    ...made,
    server: made.sites[HOST]!,
    published,
    callFor,
    ask: (asked?: Asked, grant?: Partial<StepGrant>) => models.make(callFor(asked, grant)),
    models,
  };
}

/** Server-sent events as providers write them. */
export const sent = (...data: readonly (object | string)[]): string =>
  data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');

export const openaiWords = (words: string) => ({ choices: [{ index: 0, delta: { content: words } }] });
export const openaiUsage = (prompt_tokens: number, completion_tokens: number) => ({
  choices: [],
  usage: { prompt_tokens, completion_tokens },
});
/** A whole stream of Anthropic's, with its named events. */
export const anthropicStream = (words: readonly string[], usage: { input: number; output: number }): string =>
  [
    {
      type: 'message_start',
      message: { usage: { input_tokens: usage.input, cache_read_input_tokens: 5, output_tokens: 1 } },
    },
    { type: 'ping' },
    ...words.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: usage.output } },
    { type: 'message_stop' },
  ]
    .map((event) => `event: ${event.type}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`)
    .join('');

export const streamed =
  (text: string): Answering =>
  (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).end(text);
export const json =
  (body: object, status = 200): Answering =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const used = (inputTokens: number, outputTokens: number, more: Partial<ModelUsage> = {}) => ({
  ...{ model: 'm-1', inputTokens, outputTokens, estimated: false, cutOff: false },
  costMicros: costMicrosOf(PRICES, { inputTokens, outputTokens }),
  ...more,
});
