import { networkForward, networkTunnel } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import type { ForwardAnswer, TakeUp } from './taken-up.ts';
import type { TunnelAnswer } from './tunnel-calls.ts';

/** Nest's name for what takes up connections that wait. */
export const TAKE_UP = Symbol('take up');

@Controller()
export class ForwardController {
  readonly #takeUp: TakeUp;

  constructor(@Inject(TAKE_UP) takeUp: TakeUp) {
    this.#takeUp = takeUp;
  }

  @Handles(networkForward.call)
  forward({ data, meta }: Incoming<typeof networkForward.call>): Promise<ForwardAnswer> {
    return this.#takeUp.forward(data, meta);
  }

  @Handles(networkTunnel.call)
  tunnel({ data, meta }: Incoming<typeof networkTunnel.call>): Promise<TunnelAnswer> {
    return this.#takeUp.tunnel(data, meta);
  }
}
