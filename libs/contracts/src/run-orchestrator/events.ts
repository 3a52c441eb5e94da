import { defineEvents, type EventOf } from '../define.ts';
import { approvalEvents } from './events/approval.ts';
import { budgetEvents } from './events/budget.ts';
import { capabilityEvents } from './events/capability.ts';
import { killEvents } from './events/kill.ts';
import { grantEvents } from './events/grant.ts';
import { policyEvents } from './events/policy.ts';
import { poolEvents } from './events/pool.ts';
import { runEvents } from './events/run.ts';
import { scheduleEvents } from './events/schedule.ts';
import { sessionEvents } from './events/session.ts';
import { stepEvents } from './events/step.ts';
import { subgoalEvents } from './events/subgoal.ts';

/**
 * Events of run-orchestrator. What people and agents write, and what comes from outside, is erasable. What decides is in line: a run's
 * predicate therefore, and the reasons that rules give. Decisions on erased events are those that were made on the whole ones.
 */
export const runOrchestratorEvents = defineEvents('run-orchestrator', {
  ...policyEvents,
  ...sessionEvents,
  ...runEvents,
  ...subgoalEvents,
  ...stepEvents,
  ...budgetEvents,
  ...approvalEvents,
  ...scheduleEvents,
  ...capabilityEvents,
  ...killEvents,
  ...grantEvents,
  ...poolEvents,
});
export type RunOrchestratorEvent = EventOf<typeof runOrchestratorEvents>;
