import type { RunEnd } from '@causeway/contracts';
import { ConflictError } from '@causeway/eventing';
import { runIdOf } from '../edge.ts';
import type { KillSwitch } from '../kills/kill-switch.ts';
import type { Parts } from '../parts.ts';
import { hasEnded } from '../runs/domain/run.ts';
import type { Firing } from './domain/schedule.decide.ts';
import type { CreatedSchedule } from './domain/schedule.ts';
import { turnOf, type EndedRun } from './domain/turn.ts';
import { prepareRun } from './prepare-run.ts';

export type ScheduleTurns = ReturnType<typeof scheduleTurns>;

/** Most turns of one schedule in a row, so that one with much in arrear does not keep the others waiting. */
const MAX_TURNS = 32;

/**
 * Lets schedules do what is due. Safe to ask any number of times and from several processes: an occurrence and the start of its run are sealed
 * in one append, at the versions of the schedule and of the session that were looked at.
 */
export function scheduleTurns(parts: Parts, { kills }: { readonly kills: KillSwitch }) {
  const { handlers, edge, executor } = parts;
  const actor = { kind: 'clock' as const, id: executor };

  async function endedRuns({ open }: CreatedSchedule): Promise<readonly EndedRun[]> {
    const runs = await Promise.all(open.map(async (one) => ({ one, run: await handlers.runs.load(one.runId) })));
    return runs.flatMap(({ one, run }) =>
      run.kind === 'run' && hasEnded(run) ? [{ ...one, outcome: run.phase.state as RunEnd }] : [],
    );
  }

  /** What the occurrence that is due would start; undefined when none is. */
  async function firingOf(schedule: CreatedSchedule, now: Parameters<typeof turnOf>[1]): Promise<Firing | undefined> {
    const { fire: occurrence } = turnOf(schedule, now);
    if (occurrence === undefined) return undefined;
    const { scheduleId, sessionId, definition } = schedule;
    const starter = { by: executor, at: now.at, mover: 'clock' as const };
    const run = await prepareRun({ parts, kills }, { sessionId, template: definition.template }, starter);
    return { occurrence, runId: runIdOf(scheduleId, occurrence), run };
  }

  /** Whether there may be more to do. */
  async function turn(scheduleId: string): Promise<boolean> {
    const schedule = await handlers.schedules.load(scheduleId);
    if (schedule.kind === 'none') return false;
    const now = { at: edge.now(), by: executor, ended: await endedRuns(schedule) };
    const fire = await firingOf(schedule, now);
    const command = { type: 'turn' as const, ...now, version: schedule.version, fire };
    // Somebody else moved the session of the run meanwhile, again and again: it is looked at once more.
    const handled = await handlers.schedules
      .handle(scheduleId, command, { actor, correlationId: scheduleId })
      .catch((error: unknown) => {
        if (error instanceof ConflictError) return undefined;
        throw error;
      });
    return handled === undefined || (handled.accepted && handled.events.length > 0);
  }

  return {
    /** Deals with everything that is due for a schedule now, as far as it gets in a number of turns. */
    take: async (scheduleId: string): Promise<void> => {
      for (let count = 0; count < MAX_TURNS; count++) if (!(await turn(scheduleId))) return;
    },
    /** Ends the series of a session that was revoked. */
    stop: async (scheduleId: string): Promise<void> => {
      const reason = 'the session was revoked';
      const command = {
        type: 'cancel' as const,
        why: 'session-revoked' as const,
        reason,
        by: executor,
        at: edge.now(),
      };
      await handlers.schedules.handle(scheduleId, command, { actor, correlationId: scheduleId });
    },
  };
}
