import type { RunOrchestratorEvent } from '@causeway/contracts';
import { elapsedMs } from './budget.ts';

/** What the clock watches a run by: when its agent was heard of last, and how long silence and the whole run may last, in ms. */
export type Watch = {
  readonly startedAt: string;
  readonly heardAt: string;
  readonly agentLeaseMs?: number;
  readonly maxLifeMs?: number;
};

type Started = Extract<RunOrchestratorEvent, { type: 'run.started' }>['data'];

export const openWatch = ({ at, agentLeaseMs, maxLifeMs }: Started): Watch => ({
  ...{ startedAt: at, heardAt: at },
  ...(agentLeaseMs === undefined ? {} : { agentLeaseMs }),
  ...(maxLifeMs === undefined ? {} : { maxLifeMs }),
});

/** The watch after an event. An agent whose step ends, or whose run goes on, has its whole lease from then on. */
export function evolveWatch(watch: Watch, event: RunOrchestratorEvent): Watch {
  switch (event.type) {
    case 'run.activated':
      return { ...watch, startedAt: event.data.at, heardAt: event.data.at };
    case 'run.heard':
    case 'run.claimed':
    case 'run.resumed':
    case 'run.awaited':
    case 'budget.reserved':
    case 'budget.settled':
      return { ...watch, heardAt: event.data.at };
    default:
      return watch;
  }
}

const later = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

/** When the agent counts as gone, unless it is heard of before; undefined for one that may be silent for ever. */
export const silentAt = ({ heardAt, agentLeaseMs }: Watch): string | undefined =>
  agentLeaseMs === undefined ? undefined : later(heardAt, agentLeaseMs);

/** When the run has lasted as long as it may, pauses included; undefined for one without limit. */
export const lifeEndsAt = ({ startedAt, maxLifeMs }: Watch): string | undefined =>
  maxLifeMs === undefined ? undefined : later(startedAt, maxLifeMs);

/** A third of the lease has passed since the agent was heard of: often enough to outlive a restart, seldom enough to cost nothing. */
export const isToBeHeard = ({ heardAt, agentLeaseMs }: Watch, at: string): boolean =>
  agentLeaseMs !== undefined && elapsedMs(heardAt, at) * 3 >= agentLeaseMs;

/** Whether this instant has come; one that is not set never comes. */
export const hasCome = (instant: string | undefined, at: string): boolean =>
  instant !== undefined && elapsedMs(instant, at) >= 0;
