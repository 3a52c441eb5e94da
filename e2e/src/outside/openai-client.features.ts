import OpenAI from 'openai';
import { httpApi, pathOf } from '@causeway/contracts';
import type { Api, Work } from '../api.ts';
import type { System } from '../system.ts';
import { SAID, SAY, TOLD } from './provider-formats.ts';

export type Stage = { readonly api: Api; readonly system: System };

const HELLO = SAID.hello.join('');
const usage = { prompt_tokens: TOLD.input, completion_tokens: TOLD.output };
const tool = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const ask = (content: string) => [{ role: 'user' as const, content }];

/** OpenAI's own client, as it is published: told nothing but an address and a key. */
export function testOpenaiClient(stage: () => Stage): void {
  const clientFor = ({ runId, token }: Work): OpenAI => {
    const path = pathOf(httpApi.runOpenaiChat, { runId }).replace('/chat/completions', '');
    return new OpenAI({ baseURL: `${stage().system.gatewayUrl}${path}`, apiKey: token });
  };

  describe("OpenAI's client", () => {
    let work: Work;
    let chat: OpenAI['chat']['completions'];
    beforeAll(async () => {
      work = await stage().api.startWork('agent-openai');
      chat = clientFor(work).chat.completions;
    });

    it('has an answer and what it used', async () => {
      const answer = await chat.create({ model: 'm-1', messages: ask(SAY.hello), max_tokens: 50 });
      expect(answer).toMatchObject({ choices: [{ message: { content: HELLO } }], usage });
    });

    it('has a stream, piece by piece and as a whole', async () => {
      const words: string[] = [];
      const stream = chat.stream({ model: 'm-1', messages: ask(SAY.hello), stream_options: { include_usage: true } });
      stream.on('content', (text) => words.push(text));
      expect(await stream.finalChatCompletion()).toMatchObject({ choices: [{ message: { content: HELLO } }], usage });
      expect(words).toEqual(SAID.hello);
    });

    it('has its tools called, and tells what they said', async () => {
      const asked = { model: 'm-1', messages: ask('How is the weather?'), tools: [tool] };
      const [whole, streamed] = [await chat.create(asked), await chat.stream(asked).finalChatCompletion()];
      for (const { choices } of [whole, streamed]) {
        expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: [{ id: 'call_1' }] } });
        const [call] = choices[0]!.message.tool_calls ?? [];
        expect(JSON.parse(call?.type === 'function' ? call.function.arguments : '')).toEqual(SAID.tool);
      }
      const told = { role: 'tool' as const, tool_call_id: 'call_1', content: 'rain' };
      const answer = await chat.create({ ...asked, messages: [...asked.messages, whole.choices[0]!.message, told] });
      expect(answer.choices[0]?.message.content).toBe(HELLO);
    });

    it('is cut off once the tokens that were reserved are used up', async () => {
      const stream = await chat.create({
        model: 'm-1',
        messages: ask(SAY.more),
        stream: true,
        max_completion_tokens: 5,
      });
      let words = '';
      const read = async (): Promise<void> => {
        for await (const { choices } of stream) words += choices[0]?.delta.content ?? '';
      };
      const error = await read().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject({ code: 'BUDGET_EXHAUSTED', message: expect.stringContaining('Cut off') as string });
      expect(words).toMatch(/^one two three/);
    });

    it('is told why it is refused, in its own errors', async () => {
      const messages = ask(SAY.hello);
      await expect(chat.create({ model: 'm-2', messages })).rejects.toThrow(OpenAI.PermissionDeniedError);
      await expect(chat.create({ model: 'm-2', messages, stream: true })).rejects.toMatchObject({
        ...{ status: 403, code: 'POLICY_DENIED', type: 'permission_error' },
        message: '403 no rule of outside allows model.chat like this',
        error: { allowed: expect.arrayContaining([expect.any(String)]) as string[] },
      });
      await expect(chat.create({ model: 'm-1', messages, store: true } as never)).rejects.toMatchObject({
        ...{ status: 400, code: 'REQUEST_INVALID' },
        message: expect.stringContaining('store') as string,
      });
      const stranger = clientFor({ ...work, token: 'cwa_nobody' }).chat.completions;
      await expect(stranger.create({ model: 'm-1', messages })).rejects.toThrow(OpenAI.AuthenticationError);
      const refused = chat.create({ model: 'm-1', messages: ask(SAY.refuse) }, { maxRetries: 0 });
      await expect(refused).rejects.toMatchObject({ status: 429, message: `429 ${SAID.refused}` });
    });

    it('is told when the budget is used up', async () => {
      const poor = clientFor(await stage().api.startWork('agent-openai-poor', { steps: 1 })).chat.completions;
      await poor.create({ model: 'm-1', messages: ask(SAY.hello) });
      await expect(poor.create({ model: 'm-1', messages: ask(SAY.hello) })).rejects.toMatchObject({
        ...{ status: 403, code: 'BUDGET_STEPS_EXHAUSTED' },
        message: expect.stringContaining('all 1 steps') as string,
      });
    });

    it('does not ask again and again by itself for what a person has to allow', async () => {
      const { api } = stage();
      const waiting = await api.startWork('agent-openai-asks');
      const asked = clientFor(waiting).chat.completions.create({ model: 'm-ask', messages: ask(SAY.hello) });
      await expect(asked).rejects.toMatchObject({ status: 409, code: 'RUN_PAUSED' });
      const requested = (await api.events({ runId: waiting.runId })).filter(
        ({ type }) => type === 'approval.requested',
      );
      expect(requested).toHaveLength(1);
    });
  });
}
