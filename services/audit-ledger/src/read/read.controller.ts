import { getHead, readAll, readRaw, readStream } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import type { Answers } from './answers.ts';

export const ANSWERS = Symbol('answers');

@Controller()
export class ReadController {
  readonly #answers: Answers;

  constructor(@Inject(ANSWERS) answers: Answers) {
    this.#answers = answers;
  }

  @Handles(getHead)
  head(request: Incoming<typeof getHead>): ReturnType<Answers['head']> {
    return this.#answers.head(request.data);
  }

  @Handles(readStream)
  stream(request: Incoming<typeof readStream>): ReturnType<Answers['stream']> {
    return this.#answers.stream(request.data);
  }

  @Handles(readAll)
  all(request: Incoming<typeof readAll>): ReturnType<Answers['all']> {
    return this.#answers.all(request.data);
  }

  @Handles(readRaw)
  raw(request: Incoming<typeof readRaw>): ReturnType<Answers['raw']> {
    return this.#answers.raw(request.data);
  }
}
