import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import { Route } from '../http/edge.module.ts';
import type { SystemOperations } from './system-operations.ts';

export const SYSTEM_OPERATIONS = Symbol('SystemOperations');

@Controller()
export class SystemController {
  constructor(@Inject(SYSTEM_OPERATIONS) private readonly system: SystemOperations) {}

  @Route(httpApi.getHealth)
  health(): Answer {
    return this.system.health();
  }

  @Route(httpApi.getReadiness)
  readiness(): Promise<Answer> {
    return this.system.readiness();
  }

  @Route(httpApi.getMetrics)
  metrics(): Promise<Answer> {
    return this.system.metrics();
  }

  @Route(httpApi.getOpenApi)
  openApi(): Answer {
    return this.system.openApi();
  }
}
