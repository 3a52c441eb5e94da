import { costMicrosOf, termsOf } from './model-terms.ts';
import { modelChat, ModelChatInput, mostInputTokens } from './model.ts';

const terms = { id: 'm-*', dialect: 'openai' as const, inputMicros: 0.15, outputMicros: 0.6, maxOutputTokens: 500 };
const bounds = {
  maxRequestBytes: 1,
  maxResponseBytes: 1_000,
  maxRedirects: 0,
  timeoutMs: 1,
  tunnelMs: 1,
  tunnelBytesOut: 0,
  tunnelBytesIn: 0,
  models: [terms],
};
const input = (more: Partial<ModelChatInput> = {}) =>
  ModelChatInput.parse({ dialect: 'openai', model: 'm-1', request: { messages: ['héllo'] }, ...more });

describe('what a model call reserves', () => {
  it('is the limit of the answer, the most that the request can be, and the price of both', () => {
    const inputTokens = mostInputTokens(input().request);
    expect(inputTokens).toBe(Buffer.byteLength('{"messages":["héllo"]}') + 1_024);
    for (const [maxTokens, outputTokens] of [
      [undefined, 500],
      [50, 50],
      [900, 500],
    ] as const) {
      const costMicros = costMicrosOf(terms, { inputTokens, outputTokens });
      expect(modelChat.reserves?.(input({ maxTokens }), bounds)).toMatchObject({
        inputTokens,
        outputTokens,
        costMicros,
      });
    }
  });

  it('is nothing for a model that the pack does not name', () => {
    expect(modelChat.reserves?.(input({ model: 'x' }), bounds)).toEqual({});
  });
});

describe('the terms of a model', () => {
  it('are the first that fit its name and dialect', () => {
    const list = [terms, { ...terms, id: 'm-1' }, { ...terms, id: 'a', dialect: 'anthropic' as const }];
    expect(termsOf(list, { dialect: 'openai', model: 'm-1' })?.id).toBe('m-*');
    expect(termsOf(list, { dialect: 'anthropic', model: 'm-1' })).toBeUndefined();
    expect(termsOf(list, { dialect: 'anthropic', model: 'a' })?.id).toBe('a');
    expect(termsOf(list, { dialect: 'anthropic', model: 'ab' })).toBeUndefined();
  });

  it.each([
    [0, 0, 0],
    [1, 0, 1],
    [20, 0, 3],
    [1_000_000, 1_000_000, 750_000],
    [3, 1, 2],
  ])('make %p tokens in and %p out cost %p, rounded up', (inputTokens, outputTokens, micros) => {
    expect(costMicrosOf(terms, { inputTokens, outputTokens })).toBe(micros);
  });
});
