import type { Json, JsonObject, ModelChatInput, ModelDialect } from '@causeway/contracts';
import type { Stop } from '../fetch/fetch-stop.ts';

/**
 * What an agent may ask a provider for. Left out is whatever lets the provider act by itself (searching, fetching, running code, calling other
 * servers, keeping what was said) and whatever is counted in another way than by its text.
 */
const MEMBERS: Readonly<Record<ModelDialect, readonly string[]>> = {
  openai: [
    ...['messages', 'temperature', 'top_p', 'stop', 'seed', 'presence_penalty', 'frequency_penalty', 'logit_bias'],
    ...['response_format', 'tools', 'tool_choice', 'parallel_tool_calls', 'reasoning_effort', 'verbosity', 'user'],
  ],
  anthropic: [
    ...['messages', 'system', 'temperature', 'top_p', 'top_k', 'stop_sequences', 'tools', 'tool_choice', 'thinking'],
  ],
};
const TOOL_TYPES: Readonly<Record<ModelDialect, readonly (string | undefined)[]>> = {
  openai: ['function'],
  anthropic: [undefined, 'custom'],
};
const CONTENT_TYPES = ['text', 'refusal', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking'];

/** What is wrong with a request to a model. */
export function modelRequestStop({ dialect, request }: ModelChatInput): Stop | undefined {
  const unknown = Object.keys(request).filter((name) => !MEMBERS[dialect].includes(name));
  if (unknown.length > 0)
    return refusal(`${unknown.join(', ')} is not passed on; what is: ${MEMBERS[dialect].join(', ')}`);
  const tool = listOf(request['tools']).find((one) => !TOOL_TYPES[dialect].includes(typeOf(one)));
  if (tool !== undefined)
    return refusal(
      `a tool of type ${typeOf(tool)} would be used by the provider itself; describe functions of your own`,
    );
  const part = [...listOf(request['messages']), { content: request['system'] ?? null }]
    .flatMap((message) => partsOf(message))
    .find((one) => !CONTENT_TYPES.includes(typeOf(one) ?? ''));
  return part === undefined ? undefined : refusal(`content of type ${typeOf(part)} is not passed on; send text`);
}

/** The parts of a message's content, and of what a tool answered in it; a text is none. */
function partsOf(holder: Json): readonly Json[] {
  const content = isObject(holder) ? listOf(holder['content']) : [];
  return content.flatMap((part) => [part, ...partsOf(part)]);
}

const refusal = (detail: string): Stop => ({ code: 'POLICY_DENIED', stage: 'request', detail, rule: 'model-request' });
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
const typeOf = (value: Json): string | undefined => {
  const type = isObject(value) ? value['type'] : typeof value;
  return type === undefined ? undefined : String(type);
};

/** The body for the provider: what was asked, with the limit that is reserved, and with the count of tokens where it has to be asked for. */
export function providerBody(input: ModelChatInput, maxTokens: number): string {
  const { dialect, model, stream, request } = input;
  const limit = dialect === 'openai' ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
  const counted = dialect === 'openai' && stream ? { stream_options: { include_usage: true } } : {};
  return JSON.stringify({ ...request, model, stream, ...limit, ...counted });
}
