import { getPolicy, rebuildProjectionsOf } from '@causeway/contracts';
import { ok } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import type { Policies } from './policies/policies.ts';
import type { Views } from './views.ts';

export const VIEWS = Symbol('views');
export const POLICIES = Symbol('policies');
const rebuildProjections = rebuildProjectionsOf('run-orchestrator');

@Controller()
export class ViewsController {
  readonly #views: Views;
  readonly #policies: Policies;
  constructor(@Inject(VIEWS) views: Views, @Inject(POLICIES) policies: Policies) {
    this.#views = views;
    this.#policies = policies;
  }

  @Handles(rebuildProjections)
  async rebuild() {
    return ok({ projections: await this.#views.runner.rebuild() });
  }

  @Handles(getPolicy)
  policy() {
    return ok(this.#policies.active().ref);
  }
}
