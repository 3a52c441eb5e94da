import type { PauseCause, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import { nextTimeMark, timeWarnings } from './budget-effects.ts';
import { holdForTime } from './budget-extension.decide.ts';
import { activeMs, limitOf, stepsInFlight } from './budget.ts';
import { exhausted, extensionOf, isOutOfTime, modeOf } from './reservation.ts';
import type { RunCommand } from './run.commands.ts';
import { heldStepDenied } from './held-step.decide.ts';
import type { RunDecision } from './run.refusals.ts';
import { stepOf, type StartedRun } from './run.ts';
import type { RunSummary } from './run-summary.ts';
import { hasCome, lifeEndsAt, silentAt } from './watch.ts';

type Event = RunOrchestratorEvent;
type Tick = Extract<RunCommand, { type: 'tick' }>;

/**
 * What the clock does to a run now. It lets one begin whose time has come. It fails one that lasted as long as a run may, one that is out of time, one whose agent is silent while no
 * step is in flight, and one whose pause nobody ended. A pause for an approval ends with the approval instead; one until a certain time is
 * ended well.
 */
export function tick(command: Tick, run: StartedRun): RunDecision {
  const { at } = command;
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
  if (run.phase.state === 'active') return tickActive(command, run);
  return run.phase.state === 'paused' ? tickPaused(at, run, run.phase) : accept();
}

function tickActive({ at, extension }: Tick, run: StartedRun): RunDecision {
  const mode = modeOf(run.budget, 'wallClockMs');
  if (isOutOfTime(run.budget, at) && mode !== 'warn') {
    if (mode === 'ask') return askForTime(run, at, extension);
    const reason = `the run was active for ${limitOf(run.budget, 'wallClockMs')} ms, all its budget allows`;
    return fail(run, { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', reason, at });
  }
  if (stepsInFlight(run.budget) > 0 || !hasCome(silentAt(run.watch), at))
    return accept(...timeWarnings(run.budget, at));
  const reason = `nothing was heard of the agent since ${run.watch.heardAt}, for more than ${run.watch.agentLeaseMs} ms`;
  return fail(run, { code: 'RUN_AGENT_SILENT', reason, at });
}

/** The run is out of time, and policy lets a person give more. */
function askForTime(run: StartedRun, at: string, extension: Tick['extension']): RunDecision {
  const [meter, delta] = ['wallClockMs' as const, extensionOf(run.budget, 'wallClockMs', 0)];
  const asked = extension?.content.extension;
  if (extension && asked?.meter === meter && asked.delta === delta) return holdForTime(run, extension, at);
  return refuse({ ...exhausted(run.budget, meter), wanted: { kind: 'extension', meter, delta } });
}

/** Such a pause has no end of its own: the approval has. */
const endsWithApproval = (cause: PauseCause): boolean => cause === 'approval' || cause === 'budget';

function tickPaused(
  at: string,
  run: StartedRun,
  phase: Extract<RunSummary['phase'], { state: 'paused' }>,
): RunDecision {
  if (hasCome(phase.resumeAt, at)) {
    return accept<Event>({ type: 'run.resumed', data: { cause: phase.cause, by: 'clock', at } });
  }
  if (endsWithApproval(phase.cause) || !hasCome(phase.deadlineAt, at)) return accept();
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
    const ofPause = endsWithApproval(phase.cause) ? undefined : earliest(phase.resumeAt, phase.deadlineAt);
    return earliest(ofPause, lifeEndsAt(watch));
  }
  if (phase.state !== 'active' || budget.activeSince === undefined) return undefined;
  const mark = nextTimeMark(budget);
  const leftMs = mark === undefined ? undefined : Math.max(0, mark - budget.usedMs);
  const outOfTime = leftMs === undefined ? undefined : new Date(Date.parse(budget.activeSince) + leftMs).toISOString();
  const silent = stepsInFlight(budget) > 0 ? undefined : silentAt(watch);
  return earliest(outOfTime, silent, lifeEndsAt(watch));
}

/** ISO 8601 in UTC with milliseconds: text order is time order. */
function earliest(...instants: readonly (string | undefined)[]): string | undefined {
  return instants.filter((instant) => instant !== undefined).sort()[0];
}
