import { erase } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { LEADING } from '../append/leadership.ts';
import type { createEraser } from './eraser.ts';

export const ERASE = Symbol('erase');
export type Erase = ReturnType<typeof createEraser>;

@Controller()
export class EraseController {
  readonly #erase: Erase;

  constructor(@Inject(ERASE) eraseOnRequest: Erase) {
    this.#erase = eraseOnRequest;
  }

  @Handles(erase, { on: LEADING })
  erase(request: Incoming<typeof erase>): ReturnType<Erase> {
    return this.#erase(request);
  }
}
