import type { RunOrchestratorEvent } from '@causeway/contracts';
import { accept } from '@causeway/eventing';
import { activeMs, stepsInFlight } from './budget.ts';
import { heldStepDenied } from './held-step.decide.ts';
import type { RunDecision } from './run.refusals.ts';
import { stepOf, type StartedRun } from './run.ts';
import type { RunSummary } from './run-summary.ts';
import { hasCome, lifeEndsAt, silentAt } from './watch.ts';

type Event = RunOrchestratorEvent;

/**
 * What the clock does to a run now. It lets one begin whose time has come. It fails one that lasted as long as a run may, one that is out of time, one whose agent is silent while no
 * step is in flight, and one whose pause nobody ended. A pause for an approval ends with the approval instead; one until a certain time is
 * ended well.
 */
export function tick(at: string, run: StartedRun): RunDecision {
  if (run.phase.state === 'scheduled') {
    const begun: Event = { type: 'run.activated', data: { activatedBy: 'clock', at } };
    return hasCome(run.phase.startsAt, at) ? accept<Event>(begun) : accept();
  }
  if (hasCome(lifeEndsAt(run.watch), at)) {
    return fail(run, {
      code: 'RUN_LIFE_ENDED',
      reason: `the run lasted ${run.watch.maxLifeMs} ms, all that policy allows`,
      at,
    });
  }
  if (run.phase.state === 'active') return tickActive(at, run);
  return run.phase.state === 'paused' ? tickPaused(at, run, run.phase) : accept();
}

function tickActive(at: string, run: StartedRun): RunDecision {
  const { wallClockMs } = run.budget.limits;
  if (activeMs(run.budget, at) >= wallClockMs) {
    const reason = `the run was active for ${wallClockMs} ms, all its budget allows`;
    return fail(run, { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', reason, at });
  }
  if (stepsInFlight(run.budget) > 0 || !hasCome(silentAt(run.watch), at)) return accept();
  const reason = `nothing was heard of the agent since ${run.watch.heardAt}, for more than ${run.watch.agentLeaseMs} ms`;
  return fail(run, { code: 'RUN_AGENT_SILENT', reason, at });
}

function tickPaused(
  at: string,
  run: StartedRun,
  phase: Extract<RunSummary['phase'], { state: 'paused' }>,
): RunDecision {
  if (hasCome(phase.resumeAt, at)) {
    return accept<Event>({ type: 'run.resumed', data: { cause: phase.cause, by: 'clock', at } });
  }
  if (phase.cause === 'approval' || !hasCome(phase.deadlineAt, at)) return accept();
  const reason = `nobody ended the pause (${phase.cause}) by ${phase.deadlineAt}`;
  return fail(run, { code: 'RUN_PAUSE_EXPIRED', reason, at });
}

function fail(run: StartedRun, { code, reason, at }: { code: string; reason: string; at: string }): RunDecision {
  const held = run.heldStepId === undefined ? undefined : stepOf(run, run.heldStepId);
  if (run.phase.state !== 'active' && run.phase.state !== 'paused') return accept();
  const wallClockUsedMs = activeMs(run.budget, at);
  const denied = held ? [heldStepDenied(held, 'the run failed', at)] : [];
  return accept<Event>(...denied, { type: 'run.failed', data: { code, reason, wallClockUsedMs, at } });
}

/** When the clock has to look at a run next; undefined for one that is over, or that nothing but a decision moves. */
export function dueAtOf({ phase, budget, watch }: RunSummary): string | undefined {
  if (phase.state === 'scheduled') return phase.startsAt;
  if (phase.state === 'paused') {
    const ofPause = phase.cause === 'approval' ? undefined : earliest(phase.resumeAt, phase.deadlineAt);
    return earliest(ofPause, lifeEndsAt(watch));
  }
  if (phase.state !== 'active' || budget.activeSince === undefined) return undefined;
  const leftMs = Math.max(0, budget.limits.wallClockMs - budget.usedMs);
  const outOfTime = new Date(Date.parse(budget.activeSince) + leftMs).toISOString();
  const silent = stepsInFlight(budget) > 0 ? undefined : silentAt(watch);
  return earliest(outOfTime, silent, lifeEndsAt(watch));
}

/** ISO 8601 in UTC with milliseconds: text order is time order. */
function earliest(...instants: readonly (string | undefined)[]): string | undefined {
  return instants.filter((instant) => instant !== undefined).sort()[0];
}
