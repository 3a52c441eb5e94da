import { factStreamOf, type StepGrant } from '@causeway/contracts';
import type { Parts } from '../parts.ts';
import type { StepFate } from '../runs/domain/run.commands.ts';
import { callProvider, type CallEnd } from './call-provider.ts';
import { MAX_ATTEMPTS, type Running } from './step-attempts.ts';

type Lost = Extract<CallEnd, { state: 'lost' }>;

const POLL_MS = 200;
/** A provider refuses a grant past its deadline; what it began before then has ended, and been sealed, this much later. */
const SETTLED_AFTER_MS = 2_000;

/**
 * Decides what became of a call that was not answered, from the ledger alone. A call that does not write is tried again. For one that writes:
 * the provider's fact is there: it answers the same call again from that fact; it reached nobody: it failed; no fact by the time that none can
 * come any more: unknown, for a person to look at. Never a silent repeat.
 */
export async function recoverLostCall(parts: Parts, running: Running, lost: { end: Lost; grant: StepGrant }): Promise<StepFate | 'try-again'> {
  const { capability, step, input } = running;
  if (capability.effectsOf(input) !== 'writes') {
    if (step.attempt < MAX_ATTEMPTS) return 'try-again';
    const detail = `${capability.owner} did not answer in ${MAX_ATTEMPTS} attempts; ask for the step again under another id`;
    return { state: 'failed', rejection: { code: 'CAPABILITY_UNAVAILABLE', detail }, usage: NO_USAGE };
  }
  if (lost.end.reachedNobody) return { state: 'failed', rejection: { code: 'CAPABILITY_UNAVAILABLE', detail: lost.end.detail }, usage: NO_USAGE };
  if (!(await factWithin(parts, lost.grant))) {
    return { state: 'unknown', reason: `the call left no fact in the ledger by ${lost.grant.deadlineAt}; check the destination before doing it again` };
  }
  const answer = await callProvider(parts.bus, { ...running, grant: lost.grant });
  if (answer.state !== 'lost') return answer;
  return { state: 'unknown', reason: `the call is recorded in stream ${factStreamOf(lost.grant.callId)}, but ${capability.owner} does not answer` };
}

const NO_USAGE = { bytesIn: 0, bytesOut: 0, durationMs: 0 };

async function factWithin(parts: Parts, grant: StepGrant): Promise<boolean> {
  const untilMs = Date.parse(grant.deadlineAt) + SETTLED_AFTER_MS;
  for (;;) {
    const fact = await parts.ledger.readStream(factStreamOf(grant.callId), 1);
    if (fact.length > 0) return true;
    if (Date.now() >= untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
