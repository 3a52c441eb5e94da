import { appendByAnyWriter, type Appended, type ReplyEnvelope } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';

export const APPEND = Symbol('append');
export type AppendHandler = (request: Incoming<typeof appendByAnyWriter>) => Promise<ReplyEnvelope<Appended>>;

@Controller()
export class AppendController {
  readonly #append: AppendHandler;

  constructor(@Inject(APPEND) append: AppendHandler) {
    this.#append = append;
  }

  @Handles(appendByAnyWriter)
  append(request: Incoming<typeof appendByAnyWriter>): ReturnType<AppendHandler> {
    return this.#append(request);
  }
}
