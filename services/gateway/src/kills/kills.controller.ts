import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { KillOperations } from './kill-operations.ts';

export const KILL_OPERATIONS = Symbol('KillOperations');

@Controller()
export class KillsController {
  constructor(@Inject(KILL_OPERATIONS) private readonly kills: KillOperations) {}

  @Route(httpApi.pullKill)
  pull(@Asked() call: Call<typeof httpApi.pullKill>): Promise<Answer> {
    return this.kills.pull(call);
  }

  @Route(httpApi.listKills)
  list(@Asked() call: Call<typeof httpApi.listKills>): Promise<Answer> {
    return this.kills.list(call);
  }

  @Route(httpApi.liftKill)
  lift(@Asked() call: Call<typeof httpApi.liftKill>): Promise<Answer> {
    return this.kills.lift(call);
  }
}
