import type { RunOrchestratorEvent } from '@causeway/contracts';
import { refuse } from '@causeway/eventing';
import type { GrantUse, StepCommand } from './run.commands.ts';
import type { RunDecision } from './run.refusals.ts';
import type { StartedRun } from './run.ts';
import { hasCome } from './watch.ts';

type Event = RunOrchestratorEvent;

/**
 * A step that a standing grant covers starts without asking. The use is sealed in the same append, at the version at which the grant was looked
 * at: of two steps that take the same use, one is decided again. One that comes after the end of the grant is refused, and a person is asked instead.
 */
export function startGranted(
  { stepId, at }: Extract<StepCommand, { type: 'request-step' }>,
  { grantId, version, use, until }: GrantUse,
  { run: { runId }, opening, start }: { run: StartedRun; opening: readonly Event[]; start: readonly Event[] },
): RunDecision {
  if (hasCome(until, at)) {
    const detail = `${grantId} was good until ${until}; nothing was executed, and a person has to agree`;
    return refuse({ code: 'GRANT_EXPIRED', detail });
  }
  const started = start.map((event): Event =>
    event.type === 'step.started' ? { ...event, data: { ...event.data, grantId } } : event,
  );
  const used: Event = { type: 'grant.used', data: { grantId, runId, stepId, use, at } };
  return {
    accepted: true,
    events: [...opening, ...started],
    also: [{ stream: grantId, expected: version, events: [used] }],
  };
}
