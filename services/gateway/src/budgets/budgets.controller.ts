import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { BudgetOperations } from './budget-operations.ts';

export const BUDGET_OPERATIONS = Symbol('BudgetOperations');

@Controller()
export class BudgetsController {
  constructor(@Inject(BUDGET_OPERATIONS) private readonly budgets: BudgetOperations) {}

  @Route(httpApi.extendBudget)
  extendRun(@Asked() call: Call<typeof httpApi.extendBudget>): Promise<Answer> {
    return this.budgets.extendRun(call);
  }

  @Route(httpApi.extendPool)
  extendPool(@Asked() call: Call<typeof httpApi.extendPool>): Promise<Answer> {
    return this.budgets.extendPool(call);
  }

  @Route(httpApi.listPools)
  listPools(@Asked() call: Call<typeof httpApi.listPools>): Promise<Answer> {
    return this.budgets.listPools(call);
  }
}
