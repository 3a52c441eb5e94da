import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { SessionOperations } from './session-operations.ts';

export const SESSION_OPERATIONS = Symbol('SessionOperations');

@Controller()
export class SessionsController {
  constructor(@Inject(SESSION_OPERATIONS) private readonly sessions: SessionOperations) {}

  @Route(httpApi.openSession)
  open(@Asked() call: Call<typeof httpApi.openSession>): Promise<Answer> {
    return this.sessions.open(call);
  }

  @Route(httpApi.getSession)
  read(@Asked() call: Call<typeof httpApi.getSession>): Promise<Answer> {
    return this.sessions.read(call);
  }

  @Route(httpApi.revokeSession)
  revoke(@Asked() call: Call<typeof httpApi.revokeSession>): Promise<Answer> {
    return this.sessions.revoke(call);
  }
}
