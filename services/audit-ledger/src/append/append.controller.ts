import {
  appendAllByAnyWriter,
  appendByAnyWriter,
  type Appended,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { LEADING } from './leadership.ts';

export const APPEND = Symbol('append');
export type AppendHandlers = {
  readonly one: (request: Incoming<typeof appendByAnyWriter>) => Promise<ReplyEnvelope<Appended>>;
  readonly all: (
    request: Incoming<typeof appendAllByAnyWriter>,
  ) => Promise<ReplyEnvelope<ReplyOf<typeof appendAllByAnyWriter>>>;
};

@Controller()
export class AppendController {
  readonly #append: AppendHandlers;

  constructor(@Inject(APPEND) append: AppendHandlers) {
    this.#append = append;
  }

  @Handles(appendByAnyWriter, { on: LEADING })
  append(request: Incoming<typeof appendByAnyWriter>): ReturnType<AppendHandlers['one']> {
    return this.#append.one(request);
  }

  @Handles(appendAllByAnyWriter, { on: LEADING })
  appendAll(request: Incoming<typeof appendAllByAnyWriter>): ReturnType<AppendHandlers['all']> {
    return this.#append.all(request);
  }
}
