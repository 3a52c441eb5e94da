import { getPolicy, rebuildProjectionsOf } from '@causeway/contracts';
import { ok } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import type { Policy } from '@causeway/policy';
import { Controller, Inject } from '@nestjs/common';
import type { Views } from './views.ts';

export const VIEWS = Symbol('views');
export const POLICY = Symbol('policy');
const rebuildProjections = rebuildProjectionsOf('run-orchestrator');

@Controller()
export class ViewsController {
  readonly #views: Views;
  readonly #policy: Policy;
  constructor(@Inject(VIEWS) views: Views, @Inject(POLICY) policy: Policy) {
    this.#views = views;
    this.#policy = policy;
  }

  @Handles(rebuildProjections)
  async rebuild() {
    return ok({ projections: await this.#views.runner.rebuild() });
  }

  @Handles(getPolicy)
  policy() {
    return ok(this.#policy.ref);
  }
}
