import type { RunOrchestratorEvent } from '@causeway/contracts';
import { accept } from '@causeway/eventing';
import { evolveBudget, freeOf, elapsedMs } from './budget.ts';
import { givenBack, warningsAfter } from './budget-effects.ts';
import { isNothing, positive } from './amounts.ts';
import type { RunCommand } from './run.commands.ts';
import type { RunDecision } from './run.refusals.ts';
import { hasEnded, type Run, type StartedRun } from './run.ts';

const TERMINAL: readonly RunOrchestratorEvent['type'][] = ['run.done', 'run.failed', 'run.cancelled'];
/** What a run drew this short a time ago, in ms, is for a step that is on its way: its pools do not get it back. */
const KEPT_MS = 500;

/**
 * What follows from a decision for the budget, sealed with it: warnings, and what a run that is over, or is asked for it, gives back to its
 * pools. The decision's own last event stays the last.
 */
export function withBudgetEffects(decision: RunDecision, command: RunCommand, run: Run): RunDecision {
  if (!decision.accepted || run.kind === 'none') return decision;
  if (command.type === 'return-allotment') return returned(command, run);
  if (decision.events.length === 0) return decision;
  const { events, also = [] } = decision;
  const budget = events.reduce(evolveBudget, run.budget);
  const willBeOver = hasEnded(run) || events.some(({ type }) => TERMINAL.includes(type));
  const back = givenBackWhen(willBeOver, { runId: run.runId, budget }, command.at);
  const effects = [...warningsAfter(run.budget, events, command.at), ...back.events];
  if (effects.length === 0) return decision;
  const all = [...events.slice(0, -1), ...effects, ...events.slice(-1)];
  const writes = [...also, ...back.also];
  return { accepted: true, events: all, ...(writes.length > 0 ? { also: writes } : {}) };
}

const givenBackWhen = (isOver: boolean, run: Parameters<typeof givenBack>[0], at: string) =>
  isOver ? givenBack(run, { isOver, at }) : { events: [], also: [] };

function returned({ pool, at }: Extract<RunCommand, { type: 'return-allotment' }>, run: StartedRun): RunDecision {
  const over = hasEnded(run);
  if (!over && drewJustNow(run, at)) return accept();
  const { events, also } = givenBack(run, { isOver: over, at, ...(pool && !over ? { only: pool } : {}) });
  return { accepted: true, events, ...(also.length > 0 ? { also } : {}) };
}

/** Whether the run drew a moment ago what it has not used yet. */
export function drewJustNow({ budget }: Pick<StartedRun, 'budget'>, at: string): boolean {
  if (budget.allottedAt === undefined || isNothing(positive(freeOf(budget)))) return false;
  return elapsedMs(budget.allottedAt, at) < KEPT_MS;
}
