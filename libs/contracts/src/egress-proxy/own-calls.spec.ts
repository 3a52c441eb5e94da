import { ingestResource } from '../resource-store/capabilities.ts';
import { FetchInput, httpFetch } from './capabilities.ts';
import { ForwardInput, networkForward } from './forward-capabilities.ts';
import { modelChat, ModelChatInput } from './model.ts';
import { OWN_CALL_BYTES, ownCallsReserve } from './own-calls.ts';

const terms = { id: 'm', dialect: 'openai' as const, inputMicros: 1, outputMicros: 1, maxOutputTokens: 5 };
const bounds = {
  ...{ maxRequestBytes: 1, maxResponseBytes: 1_000, maxRedirects: 2, timeoutMs: 1, models: [terms] },
  ...{ tunnelMs: 1, tunnelBytesOut: 0, tunnelBytesIn: 0 },
};
const url = 'https://a.example/';
const waiting = { listener: 'l', connection: '0'.repeat(32), method: 'GET', url };
const reserved = {
  'a fetch': [3, (more: object) => httpFetch.reserves!(FetchInput.parse({ url }), { ...bounds, ...more })],
  'a forwarded request': [
    1,
    (more: object) => networkForward.reserves!(ForwardInput.parse(waiting), { ...bounds, ...more }),
  ],
  'a model call': [
    1,
    (more: object) =>
      modelChat.reserves!(ModelChatInput.parse({ dialect: 'openai', model: 'm', request: {} }), { ...bounds, ...more }),
  ],
  'taking in an address': [
    3,
    (more: object) => ingestResource.reserves!({ source: 'url', url } as never, { ...bounds, ...more }),
  ],
} as const;

describe('calls of our own', () => {
  it.each(Object.entries(reserved))(
    'have their room in what %s reserves, for each request',
    (_what, [requests, of]) => {
      const [without, beside] = [of({}), of({ ownCalls: 2 })];
      for (const meter of ['bytesIn', 'bytesOut'] as const)
        expect(beside[meter]! - without[meter]!).toBe(2 * requests * OWN_CALL_BYTES[meter]);
    },
  );

  it('need none where the pack has nothing to ask for', () => {
    expect(ownCallsReserve()).toEqual({ bytesIn: 0, bytesOut: 0 });
  });
});
