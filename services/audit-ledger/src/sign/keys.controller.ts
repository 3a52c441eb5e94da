import { addSigningKey, retireSigningKey } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { LEADING } from '../append/leadership.ts';
import type { LogKeys } from './log-keys.ts';

export const LOG_KEYS = Symbol('log keys');

@Controller()
export class KeysController {
  readonly #keys: LogKeys;

  constructor(@Inject(LOG_KEYS) keys: LogKeys) {
    this.#keys = keys;
  }

  @Handles(addSigningKey, { on: LEADING })
  add({ data, meta }: Incoming<typeof addSigningKey>): ReturnType<LogKeys['add']> {
    return this.#keys.add(data, meta);
  }

  @Handles(retireSigningKey, { on: LEADING })
  retire({ data, meta }: Incoming<typeof retireSigningKey>): ReturnType<LogKeys['retire']> {
    return this.#keys.retire(data, meta);
  }
}
