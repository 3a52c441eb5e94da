import Anthropic from '@anthropic-ai/sdk';
import { httpApi, pathOf } from '@causeway/contracts';
import type { Work } from '../api.ts';
import type { Stage } from './openai-client.features.ts';
import { SAID, SAY, TOLD } from './provider-formats.ts';

const HELLO = SAID.hello.join('');
const usage = { input_tokens: TOLD.input, output_tokens: TOLD.output };
const tool = {
  name: 'weather',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
};
const about = { model: 'm-1', max_tokens: 50 };
const ask = (content: string) => [{ role: 'user' as const, content }];

/** Anthropic's own client, as it is published: told nothing but an address and a key. */
export function testAnthropicClient(stage: () => Stage): void {
  const clientFor = ({ runId, token }: Work): Anthropic => {
    const path = pathOf(httpApi.runAnthropicMessages, { runId }).replace('/v1/messages', '');
    return new Anthropic({ baseURL: `${stage().system.gatewayUrl}${path}`, apiKey: token });
  };

  describe("Anthropic's client", () => {
    let work: Work;
    let messages: Anthropic['messages'];
    beforeAll(async () => {
      work = await stage().api.startWork('agent-anthropic');
      ({ messages } = clientFor(work));
    });

    it('has an answer and what it used', async () => {
      const answer = await messages.create({ ...about, messages: ask(SAY.hello), system: 'Be short.' });
      expect(answer).toMatchObject({ content: [{ type: 'text', text: HELLO }], usage });
    });

    it('has a stream, piece by piece and as a whole', async () => {
      const words: string[] = [];
      const stream = messages.stream({ ...about, messages: ask(SAY.hello) });
      stream.on('text', (text) => words.push(text));
      expect(await stream.finalMessage()).toMatchObject({ content: [{ type: 'text', text: HELLO }], usage });
      expect(words).toEqual(SAID.hello);
    });

    it('has its tools called, and tells what they said', async () => {
      const asked = { ...about, messages: ask('How is the weather?'), tools: [tool] };
      const [whole, streamed] = [await messages.create(asked), await messages.stream(asked).finalMessage()];
      for (const { content, stop_reason } of [whole, streamed]) {
        expect(stop_reason).toBe('tool_use');
        expect(content).toMatchObject([{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: SAID.tool }]);
      }
      const turns = [
        ...asked.messages,
        { role: 'assistant' as const, content: whole.content },
        {
          role: 'user' as const,
          content: [{ type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'rain' }],
        },
      ];
      expect(await messages.create({ ...asked, messages: turns })).toMatchObject({ content: [{ text: HELLO }] });
    });

    it('is cut off once the tokens that were reserved are used up', async () => {
      const stream = messages.stream({ ...about, max_tokens: 5, messages: ask(SAY.more) });
      let words = '';
      stream.on('text', (text) => (words += text));
      const error = await stream.finalMessage().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Anthropic.APIError);
      expect(error).toMatchObject({ apiMessage: expect.stringContaining('Cut off') as string });
      expect(words).toMatch(/^one two three/);
    });

    it('is told why it is refused, in its own errors', async () => {
      const hello = { ...about, messages: ask(SAY.hello) };
      await expect(messages.create({ ...hello, model: 'm-2' })).rejects.toThrow(Anthropic.PermissionDeniedError);
      await expect(messages.create({ ...hello, model: 'm-2', stream: true })).rejects.toMatchObject({
        ...{ status: 403, type: 'permission_error', errorCode: 'POLICY_DENIED' },
        apiMessage: 'no rule of outside allows model.chat like this',
        details: { allowed: expect.arrayContaining([expect.any(String)]) as string[] },
      });
      const stranger = clientFor({ ...work, token: 'cwa_nobody' });
      await expect(stranger.messages.create(hello)).rejects.toThrow(Anthropic.AuthenticationError);
      const refused = messages.create({ ...about, messages: ask(SAY.refuse) }, { maxRetries: 0 });
      await expect(refused).rejects.toMatchObject({ status: 429, apiMessage: SAID.refused });
    });

    it('is told when the budget is used up', async () => {
      const { messages: poor } = clientFor(await stage().api.startWork('agent-anthropic-poor', { steps: 1 }));
      await poor.create({ ...about, messages: ask(SAY.hello) });
      await expect(poor.create({ ...about, messages: ask(SAY.hello) })).rejects.toMatchObject({
        ...{ status: 403, errorCode: 'BUDGET_STEPS_EXHAUSTED' },
        apiMessage: expect.stringContaining('all 1 steps') as string,
      });
    });
  });
}
