import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { ModelOperations } from './model-operations.ts';

export const MODEL_OPERATIONS = Symbol('ModelOperations');

@Controller()
export class ModelsController {
  constructor(@Inject(MODEL_OPERATIONS) private readonly models: ModelOperations) {}

  @Route(httpApi.openaiChat)
  openai(@Asked() call: Call<typeof httpApi.openaiChat>): Promise<Answer> {
    return this.models.openai(call);
  }

  @Route(httpApi.anthropicMessages)
  anthropic(@Asked() call: Call<typeof httpApi.anthropicMessages>): Promise<Answer> {
    return this.models.anthropic(call);
  }

  @Route(httpApi.anthropicClientMessages)
  anthropicClient(@Asked() call: Call<typeof httpApi.anthropicClientMessages>): Promise<Answer> {
    return this.models.anthropic(call);
  }

  @Route(httpApi.runOpenaiChat)
  runOpenai(@Asked() call: Call<typeof httpApi.runOpenaiChat>): Promise<Answer> {
    return this.models.openai(call);
  }

  @Route(httpApi.runAnthropicMessages)
  runAnthropic(@Asked() call: Call<typeof httpApi.runAnthropicMessages>): Promise<Answer> {
    return this.models.anthropic(call);
  }
}
