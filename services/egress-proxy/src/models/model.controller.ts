import { modelChat, type ModelChatInput, type ReplyEnvelope, type ReplyOf } from '@causeway/contracts';
import { ok, type Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import type { FetchAnswer, FetchCalls } from '../fetch/fetch-calls.ts';
import type { Outside } from '../fetch/outside.ts';
import { sendModel, type ModelParts } from './send-model.ts';

export const MODEL_CALLS = Symbol('ModelCalls');
export type ModelAnswer = ReplyEnvelope<ReplyOf<typeof modelChat.call>>;
export type ModelCalls = { readonly make: (data: Incoming<typeof modelChat.call>['data']) => Promise<ModelAnswer> };

/** Model calls are calls like every other: made once, recorded, stopped and answered the same way. */
export function modelCalls(calls: FetchCalls, parts: ModelParts): ModelCalls {
  return {
    make: async ({ grant, input }) => {
      const request = { url: '', method: 'POST', headers: {}, body: JSON.stringify(input.request) };
      const send = (outside: Outside, ...rest: SendRest) => sendModel({ outside, parts, input }, ...rest);
      return answerOf(await calls.make({ grant, input: withoutUndefined(input), request, send }));
    },
  };
}

type SendRest = [call: Parameters<typeof sendModel>[1], trace: Parameters<typeof sendModel>[2]];

const withoutUndefined = (input: ModelChatInput): ModelChatInput => JSON.parse(JSON.stringify(input)) as ModelChatInput;

function answerOf(answer: FetchAnswer): ModelAnswer {
  if (!answer.ok) return answer;
  const { result, usage, bytesIn, bytesOut, incomplete, factPosition } = answer.value;
  const { status, contentType, body } = result;
  const { inputTokens, outputTokens, costMicros, cutOff } = usage ?? NOTHING;
  return ok({
    result: { status, contentType, body, usage, cutOff },
    ...{ bytesIn, bytesOut, inputTokens, outputTokens, costMicros, incomplete, factPosition },
  });
}

const NOTHING = { inputTokens: 0, outputTokens: 0, costMicros: 0, cutOff: false };

@Controller()
export class ModelController {
  readonly #calls: ModelCalls;

  constructor(@Inject(MODEL_CALLS) calls: ModelCalls) {
    this.#calls = calls;
  }

  @Handles(modelChat.call)
  chat({ data }: Incoming<typeof modelChat.call>): Promise<ModelAnswer> {
    return this.#calls.make(data);
  }
}
