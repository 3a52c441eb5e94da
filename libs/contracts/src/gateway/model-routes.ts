import { z } from 'zod';
import { modelChat } from '../egress-proxy/model.ts';
import { RunId, StepId } from '../ids.ts';
import { Json } from '../json.ts';
import { executeStep } from '../run-orchestrator/commands.ts';
import { AGENTS } from './roles.ts';
import { defineRoute } from './route.ts';

const tag = 'models';
const params = z.strictObject({ runId: RunId });
const tokens = z.int().min(1).max(1_000_000).optional();
const own = {
  model: z.string().min(1).max(128),
  stream: z.boolean().default(false),
  max_tokens: tokens,
  /** Which step of which run this is. The run can also be named by the header `causeway-run`. */
  causeway: z.strictObject({ runId: RunId.optional(), stepId: StepId.optional() }).optional(),
};
const passedOn = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, Json.optional()]));

/** Members of requests that are passed on as they are; what lets a provider act by itself is not among them. */
const OpenaiRequest = z.strictObject({
  ...own,
  max_completion_tokens: tokens,
  stream_options: Json.optional(),
  ...passedOn(
    'messages',
    'temperature',
    'top_p',
    'stop',
    'seed',
    'presence_penalty',
    'frequency_penalty',
    'logit_bias',
  ),
  ...passedOn(
    'response_format',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'reasoning_effort',
    'verbosity',
    'user',
  ),
});
const AnthropicRequest = z.strictObject({
  ...own,
  ...passedOn(
    'messages',
    'system',
    'temperature',
    'top_p',
    'top_k',
    'stop_sequences',
    'tools',
    'tool_choice',
    'thinking',
  ),
});

const about = {
  tag,
  method: 'POST',
  description:
    'A step `model.chat` of a run: decided by policy, charged on tokens and cost, and recorded. The session token is the API key: ' +
    '`authorization: Bearer` or `x-api-key`. Name the run in the address, in the header `causeway-run` or as `causeway.runId`. With `stream: true` the answer is ' +
    'server-sent events as the provider sends them.',
  roles: AGENTS,
  idempotencyKey: 'The same key names the same step of the run, and gets the same answer without another call.',
  responses: { 200: { description: 'The answer of the provider', schema: z.unknown() } },
  problems: [...new Set([...executeStep.rejections, ...modelChat.rejections, 'BUDGET_EXHAUSTED' as const])],
} as const;

export const modelRoutes = {
  openaiChat: defineRoute({
    ...about,
    operationId: 'openaiChat',
    path: '/v1/model/openai/chat/completions',
    summary: 'Call a model, as with OpenAI',
    body: OpenaiRequest,
  }),
  anthropicMessages: defineRoute({
    ...about,
    operationId: 'anthropicMessages',
    path: '/v1/model/anthropic/messages',
    summary: 'Call a model, as with Anthropic',
    body: AnthropicRequest,
  }),
  anthropicClientMessages: defineRoute({
    ...about,
    operationId: 'anthropicClientMessages',
    path: '/v1/model/anthropic/v1/messages',
    summary: 'Call a model, as with Anthropic: where its own clients ask',
    body: AnthropicRequest,
  }),
  runOpenaiChat: defineRoute({
    ...about,
    operationId: 'runOpenaiChat',
    path: '/v1/runs/{runId}/model/openai/chat/completions',
    summary: 'Call a model in this run, as with OpenAI',
    params,
    body: OpenaiRequest,
  }),
  runAnthropicMessages: defineRoute({
    ...about,
    operationId: 'runAnthropicMessages',
    path: '/v1/runs/{runId}/model/anthropic/v1/messages',
    summary: 'Call a model in this run, as with Anthropic: where its own clients ask',
    params,
    body: AnthropicRequest,
  }),
} as const;
