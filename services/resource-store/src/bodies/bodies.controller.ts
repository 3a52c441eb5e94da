import { keepBody, putChunk, readBody } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import type { BodyKeeper } from './body-keeper.ts';

export const BODIES = Symbol('bodies');

/** Large bodies, piece by piece; only egress-proxy may ask. */
@Controller()
export class BodiesController {
  readonly #bodies: BodyKeeper;

  constructor(@Inject(BODIES) bodies: BodyKeeper) {
    this.#bodies = bodies;
  }

  @Handles(putChunk)
  put(piece: Incoming<typeof putChunk>) {
    return this.#bodies.put(piece);
  }

  @Handles(keepBody)
  keep(command: Incoming<typeof keepBody>) {
    return this.#bodies.keep(command);
  }

  @Handles(readBody)
  read({ data }: Incoming<typeof readBody>) {
    return this.#bodies.read(data);
  }
}
