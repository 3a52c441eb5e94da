import { z } from 'zod';
import { defineCapability } from '../capability.ts';
import { JsonObject } from '../json.ts';
import { FETCH_REJECTIONS, READ_AHEAD_BYTES } from './capabilities.ts';
import { costMicrosOf, termsOf } from './model-terms.ts';
import { ownCallsReserve } from './own-calls.ts';

/** Wire formats of providers: OpenAI's chat completions, and Anthropic's messages. */
export const MODEL_DIALECTS = ['openai', 'anthropic'] as const;
export const ModelDialect = z.enum(MODEL_DIALECTS);
export type ModelDialect = z.infer<typeof ModelDialect>;

export const ModelChatInput = z.strictObject({
  dialect: ModelDialect,
  model: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, 'must be the name of a model'),
  /** Most tokens of the answer; left out: what the policy pack allows for the model. */
  maxTokens: z.int().min(1).max(1_000_000).optional(),
  stream: z.boolean().default(false),
  /** The provider's own request, without the members above. */
  request: JsonObject,
});
export type ModelChatInput = z.infer<typeof ModelChatInput>;

/** What a model call used. `estimated`: counted here, since the provider did not say, or said less than can be. */
export const ModelUsage = z.strictObject({
  model: z.string(),
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  costMicros: z.int().min(0),
  estimated: z.boolean(),
  /** What was reserved was used up before the answer ended. */
  cutOff: z.boolean(),
});
export type ModelUsage = z.infer<typeof ModelUsage>;

export const ModelChatResult = z.strictObject({
  status: z.int().min(200).max(599),
  contentType: z.string().optional(),
  /** The provider's answer as it came: JSON, or server-sent events. Absent when it was lost after the call was recorded. */
  body: z.string().optional(),
  usage: ModelUsage.optional(),
  /** What was reserved was used up before the answer ended: `body` is what had come. */
  cutOff: z.boolean(),
});
export type ModelChatResult = z.infer<typeof ModelChatResult>;

const MAX_HEAD_BYTES = 16_384;

/** One call of a language model at a provider that the policy pack names. */
export const modelChat = defineCapability({
  id: 'model.chat',
  version: '1',
  owner: 'egress-proxy',
  title: 'Call a language model',
  description:
    'A chat call in the wire format of OpenAI or Anthropic, to a model of the policy pack. Tokens and cost are metered.',
  input: ModelChatInput,
  result: ModelChatResult,
  // A call that is made twice is billed twice.
  effectRules: { rules: [], otherwise: 'writes' },
  failsWhen: { field: 'status', atLeast: 400, detail: 'the provider answered with status {value}' },
  decisive: ['dialect', 'model', 'maxTokens', 'stream'],
  reserves: (input, { maxResponseBytes, ownCalls, models = [] }) => {
    const terms = termsOf(models, input);
    if (!terms) return {};
    const own = ownCallsReserve(ownCalls);
    const inputTokens = mostInputTokens(input.request);
    const outputTokens = Math.min(input.maxTokens ?? terms.maxOutputTokens, terms.maxOutputTokens);
    return {
      inputTokens,
      outputTokens,
      costMicros: costMicrosOf(terms, { inputTokens, outputTokens }),
      bytesOut: inputTokens + MAX_HEAD_BYTES + own.bytesOut,
      bytesIn: maxResponseBytes + MAX_HEAD_BYTES + READ_AHEAD_BYTES + own.bytesIn,
      storedBytes: 2 * maxResponseBytes + MAX_HEAD_BYTES,
    };
  },
  untrusted: true,
  rejections: FETCH_REJECTIONS,
});

/** What a provider adds to a request before it counts: words of its own around tools and turns. */
const ADDED_TOKENS = 1_024;

/** Most tokens that a request can be: a token of any tokenizer that works on bytes stands for one byte at least. */
export const mostInputTokens = (request: JsonObject): number =>
  new TextEncoder().encode(JSON.stringify(request)).length + ADDED_TOKENS;
