import type { RunOrchestratorEvent, ScheduleDefinition } from '@causeway/contracts';
import { specification } from '@causeway/eventing';
import { runIdOf } from '../src/edge.ts';
import { scheduleDecider, type Firing, type ScheduleCommand } from '../src/schedules/domain/schedule.decide.ts';
import type { CreatedSchedule } from '../src/schedules/domain/schedule.ts';
import { turnOf, type EndedRun } from '../src/schedules/domain/turn.ts';
import { atMs, POLICY, SESSION } from './run.features.ts';

export const SCHEDULE = 'sch_00000000000000000000000001';
export const MINUTE = 60_000;
export type ScheduleEvent = RunOrchestratorEvent;

export const definition = (more: Partial<ScheduleDefinition> = {}): ScheduleDefinition => ({
  spec: { kind: 'every', everyMs: MINUTE, anchorAt: atMs(0) },
  template: { goal: 'look', budget: {}, predicate: { kind: 'never' } },
  ...{ overlap: 'skip', misfire: 'once', graceMs: 10_000, onFailure: 'continue' },
  ...more,
});

type Of<Type extends ScheduleCommand['type']> = Extract<ScheduleCommand, { type: Type }>;
const asked = (ms: number) => ({ by: 'olga', at: atMs(ms) });

export const create = (more: Partial<ScheduleDefinition> = {}, ms = 0): Of<'create'> => ({
  ...{ type: 'create', scheduleId: SCHEDULE, sessionId: SESSION, agentId: 'researcher', ...asked(ms) },
  definition: definition(more),
});
export const pause = (ms: number): ScheduleCommand => ({ type: 'pause', reason: 'wait', ...asked(ms) });
export const resume = (ms: number): ScheduleCommand => ({ type: 'resume', reason: 'go on', ...asked(ms) });
export const cancel = (ms: number): ScheduleCommand => ({
  ...{ type: 'cancel', why: 'operator', reason: 'enough', ...asked(ms) },
});
export const change = (more: Partial<ScheduleDefinition>, ms: number): ScheduleCommand => ({
  ...{ type: 'change', change: more, ...asked(ms) },
});
export const exclude = (ms: number, occurrenceMs?: number): ScheduleCommand => ({
  ...{ type: 'exclude', reason: 'not this one', ...asked(ms) },
  ...(occurrenceMs === undefined ? {} : { occurrence: atMs(occurrenceMs) }),
});

export const runOf = (occurrenceMs: number): string => runIdOf(SCHEDULE, atMs(occurrenceMs));
export const ended = (occurrenceMs: number, outcome: EndedRun['outcome'] = 'done'): EndedRun => ({
  ...{ occurrence: atMs(occurrenceMs), runId: runOf(occurrenceMs), outcome },
});

const prepared = (at: string): Firing['run'] => ({
  ok: true,
  activeRuns: 'many',
  session: {
    ...{ kind: 'session', state: 'open', sessionId: SESSION, agentId: 'researcher', tokenSha256: 'd'.repeat(64) },
    ...{ openedBy: 'olga', openedAt: atMs(0), runs: [], version: 1 },
  },
  start: {
    ...{ type: 'start', sessionId: SESSION, agentId: 'researcher', goal: 'look', predicate: { kind: 'never' } },
    ...{ budget: { steps: 3, wallClockMs: 60_000 }, askedBudget: {}, policy: POLICY, mover: 'clock' },
    ...{ by: 'orchestrator-1', at },
  },
});

type TurnOptions = { readonly ended?: readonly EndedRun[]; readonly run?: Firing['run'] };

/** What the clock asks of a schedule at this moment. */
export function turnAt(schedule: CreatedSchedule, ms: number, options: TurnOptions = {}): ScheduleCommand {
  const now = { at: atMs(ms), by: 'orchestrator-1', ended: options.ended ?? [] };
  const { fire: occurrence } = turnOf(schedule, now);
  const run = options.run ?? prepared(now.at);
  const fire = occurrence === undefined ? undefined : { occurrence, runId: runIdOf(SCHEDULE, occurrence), run };
  return { type: 'turn', ...now, version: schedule.version, fire };
}

export const { given } = specification(scheduleDecider);

/** The events of these commands, one after another. Throws when one is refused. */
export function history(...commands: readonly ScheduleCommand[]): readonly ScheduleEvent[] {
  return commands.reduce<readonly ScheduleEvent[]>((events, command) => {
    const decision = given(...events).when(command);
    if (!decision.accepted) throw new Error(`${command.type}: ${decision.rejection.detail}`);
    return [...events, ...decision.events];
  }, []);
}

export function stateAfter(events: readonly ScheduleEvent[]): CreatedSchedule {
  const schedule = given(...events).state();
  if (schedule.kind === 'none') throw new Error('there is no schedule');
  return schedule;
}

/** Everything that the clock seals when it looks at this moment, as often as something comes of it. */
export function looked(before: readonly ScheduleEvent[], ms: number, options: TurnOptions = {}) {
  const events: ScheduleEvent[] = [];
  const runs: { stream: string; events: readonly ScheduleEvent[] }[] = [];
  for (let turn = 0; turn < 500; turn++) {
    const schedule = stateAfter([...before, ...events]);
    const open = options.ended?.filter(({ runId }) => schedule.open.some((run) => run.runId === runId)) ?? [];
    const decision = given(...before, ...events).when(turnAt(schedule, ms, { ...options, ended: open }));
    if (!decision.accepted) throw new Error(decision.rejection.detail);
    if (decision.events.length === 0) return { events, runs, all: [...before, ...events] };
    events.push(...decision.events);
    runs.push(...(decision.also ?? []).filter(({ stream }) => stream.startsWith('run_')));
  }
  throw new Error('the clock never comes to rest');
}
