import { verifyLog, type ReplyEnvelope, type ReplyOf } from '@causeway/contracts';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';

export const VERIFY = Symbol('verify');
export type Verify = () => Promise<ReplyEnvelope<ReplyOf<typeof verifyLog>>>;

@Controller()
export class VerifyController {
  readonly #verify: Verify;

  constructor(@Inject(VERIFY) verify: Verify) {
    this.#verify = verify;
  }

  @Handles(verifyLog)
  verify(): ReturnType<Verify> {
    return this.#verify();
  }
}
