/** What the provider is asked for, as far as it looks at it: what it does depends on the last message. */
export type ModelRequest = {
  readonly model: string;
  readonly stream?: boolean;
  readonly tools?: readonly object[];
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
};
/** A text is a stream of events. */
export type ProviderAnswer = { readonly status?: number; readonly body: object | string };

/** What is said to it, and what it says. */
export const SAY = { hello: 'Say hello.', more: 'Talk on and on.', refuse: 'Refuse this.' };
export const SAID = { hello: ['Hel', 'lo.'], refused: 'slow down', tool: { city: 'Ghent' } };
export const TOLD = { input: 11, output: 3 };

type Doing = 'hello' | 'more' | 'refuse' | 'tool';
const MANY = Array.from({ length: 400 }, () => 'one two three four ');
const ARGUMENTS = JSON.stringify(SAID.tool);

function doingOf({ messages, tools = [] }: ModelRequest): Doing {
  const { role, content } = messages.at(-1) ?? { role: '', content: '' };
  const text = JSON.stringify(content);
  if (text.includes(SAY.refuse)) return 'refuse';
  if (text.includes(SAY.more)) return 'more';
  const isAnswered = role === 'tool' || text.includes('tool_result');
  return tools.length > 0 && !isAnswered ? 'tool' : 'hello';
}
const wordsOf = (doing: Doing): readonly string[] => (doing === 'more' ? MANY : SAID.hello);

/** Chat completions, whole and streamed. */
export function openaiAnswer(request: ModelRequest): ProviderAnswer {
  const doing = doingOf(request);
  const refusal = { message: SAID.refused, type: 'requests', param: null, code: 'rate_limit_exceeded' };
  if (doing === 'refuse') return { status: 429, body: { error: refusal } };
  const { input, output } = TOLD;
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const about = { id: 'chatcmpl-1', created: 1_700_000_000, model: request.model };
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: ARGUMENTS } };
  const finish_reason = doing === 'tool' ? 'tool_calls' : 'stop';
  if (request.stream !== true) {
    const said =
      doing === 'tool' ? { content: null, tool_calls: [call] } : { content: wordsOf(doing).join(''), refusal: null };
    const choices = [{ index: 0, message: { role: 'assistant', ...said }, finish_reason, logprobs: null }];
    return { body: { ...about, object: 'chat.completion', choices, usage } };
  }
  const chunk = (choices: readonly object[], more: object = {}): object => ({
    ...{ ...about, object: 'chat.completion.chunk', choices },
    ...more,
  });
  const delta = (said: object, end: string | null = null): object =>
    chunk([{ index: 0, delta: said, finish_reason: end }]);
  const pieces = [ARGUMENTS.slice(0, 5), ARGUMENTS.slice(5)];
  const words =
    doing === 'tool'
      ? [
          delta({ tool_calls: [{ index: 0, ...call, function: { name: 'weather', arguments: '' } }] }),
          ...pieces.map((piece) => delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
        ]
      : wordsOf(doing).map((content) => delta({ content }));
  const events = [delta({ role: 'assistant' }), ...words, delta({}, finish_reason), chunk([], { usage })];
  return {
    body: [...events.map((event) => JSON.stringify(event)), '[DONE]'].map((data) => `data: ${data}\n\n`).join(''),
  };
}

/** Messages, whole and streamed. */
export function anthropicAnswer(request: ModelRequest): ProviderAnswer {
  const doing = doingOf(request);
  const refusal = { type: 'rate_limit_error', message: SAID.refused };
  if (doing === 'refuse') return { status: 429, body: { type: 'error', error: refusal } };
  const { input: input_tokens, output: output_tokens } = TOLD;
  const stop_reason = doing === 'tool' ? 'tool_use' : 'end_turn';
  const about = { id: 'msg_1', type: 'message', role: 'assistant', model: request.model, stop_sequence: null };
  const block =
    doing === 'tool'
      ? { type: 'tool_use', id: 'toolu_1', name: 'weather', input: SAID.tool }
      : { type: 'text', text: wordsOf(doing).join('') };
  if (request.stream !== true)
    return { body: { ...about, content: [block], stop_reason, usage: { input_tokens, output_tokens } } };
  const begins = doing === 'tool' ? { ...block, input: {} } : { type: 'text', text: '' };
  const deltas =
    doing === 'tool'
      ? [ARGUMENTS.slice(0, 5), ARGUMENTS.slice(5)].map((piece) => ({ type: 'input_json_delta', partial_json: piece }))
      : wordsOf(doing).map((text) => ({ type: 'text_delta', text }));
  const message = { ...about, content: [], stop_reason: null, usage: { input_tokens, output_tokens: 1 } };
  const event = (type: string, more: object = {}): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const events = [
    event('message_start', { message }),
    event('content_block_start', { index: 0, content_block: begins }),
    ...deltas.map((delta) => event('content_block_delta', { index: 0, delta })),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens } }),
    event('message_stop'),
  ];
  return { body: events.join('') };
}
