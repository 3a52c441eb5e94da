import type { RunCommand } from '../src/runs/domain/run.commands.ts';
import type { Wanted } from '../src/runs/domain/run.refusals.ts';
import type { Run } from '../src/runs/domain/run.ts';
import * as example from './run.features.ts';

export const approvalOf = (id: string): string => `apr_0000000000000000000000000${id.slice(1)}`;
/** The approval of more time. */
export const TIME = approvalOf('s9');
const POOL = 'pool_00000000000000000000000001';

/** What the world says to what the decider has to know: pools give what is least needed, or nothing to every third draw. */
export function answerTo(wanted: Wanted, command: RunCommand, state: Run) {
  if (wanted.kind === 'extension') {
    const { meter, delta } = wanted;
    const stepId = 'stepId' in command ? command.stepId : 'more-time';
    const approvalId = 'stepId' in command ? approvalOf(stepId) : TIME;
    const content = example.content({ stepId, approvalId, kind: 'budget-extension', extension: { meter, delta } });
    const extension = { content: { ...content, expiresAt: example.atMs(60_000) }, digest: example.DIGEST };
    return { command: { ...command, extension } as RunCommand, allotted: [] };
  }
  const draw = (state.kind === 'none' ? 0 : (state.budget.allotments[POOL]?.draws ?? 0)) + 1;
  const isDry = draw % 3 === 0;
  const refusal = { code: 'BUDGET_EXHAUSTED' as const, detail: 'the pool is dry' };
  const allotment = { waived: [], ...(isDry ? { refusal } : {}) };
  const amounts = draw % 2 === 0 ? wanted.lack.least : wanted.lack.most;
  const event = { type: 'budget.allotted' as const, data: { pool: POOL, draw, amounts, at: command.at } };
  return { command: { ...command, allotment } as RunCommand, allotted: isDry ? [] : [event] };
}
