import { factStreamOf, type Amounts, type StepGrant } from '@causeway/contracts';
import type { LedgerPort } from '@causeway/eventing';
import type { StepFate } from '../runs/domain/run.commands.ts';
import { asUsage, usedByCalls } from './attempts-usage.ts';
import { askAboutCall, isWrite, type Asking, type Lost } from './call-provider.ts';
import { attemptsOf } from '../runs/domain/step.decide.ts';
import type { Running } from './running.ts';
import { watchedResult } from './watched-result.ts';

const POLL_MS = 200;
/** A provider refuses a grant past its deadline; what it began before then has ended, and been sealed, this much later. */
const SETTLED_AFTER_MS = 2_000;

/**
 * Decides what became of a call that was not answered, from the ledger alone. A call that reached nobody failed. One that does not write is
 * tried again. For one that writes: the provider's fact is there: it answers the same call again from that fact; no fact by the time that
 * none can come any more: unknown, for a person to look at. Never a silent repeat.
 */
export async function recoverLostCall(
  { bus, ledger }: { readonly bus: Asking; readonly ledger: LedgerPort },
  running: Running,
  { end, grant }: { readonly end: Lost; readonly grant: StepGrant },
): Promise<StepFate | 'try-again'> {
  const { owner } = running.capability;
  if (end.reachedNobody) return unavailable(end.detail, {});
  if (!isWrite(running)) {
    const attempts = attemptsOf(running.run.budget);
    if (running.step.attempt < attempts) return 'try-again';
    const detail = `${owner} did not answer in ${attempts} attempts; ask for the step again under another id`;
    return end.rest ?? unavailable(detail, await usedByCalls(ledger, [grant.callId]));
  }
  if (!(await hasFact(ledger, grant))) {
    const reason = `the call left no fact in the ledger by ${grant.deadlineAt}; check the destination before doing it again`;
    return { state: 'unknown', reason };
  }
  const answer = await askAboutCall(bus, { ...running, grant, watched: watchedResult(running.run, running.step) });
  if (answer.state !== 'lost') return answer;
  const stream = factStreamOf(grant.callId);
  return {
    state: 'unknown',
    reason: `the call is recorded in stream ${stream}, but ${owner} does not say what became of it`,
  };
}

const unavailable = (detail: string, used: Amounts): StepFate => ({
  state: 'failed',
  rejection: { code: 'CAPABILITY_UNAVAILABLE', detail },
  usage: asUsage(used),
});

async function hasFact(ledger: LedgerPort, grant: StepGrant): Promise<boolean> {
  const untilMs = Date.parse(grant.deadlineAt) + SETTLED_AFTER_MS;
  for (;;) {
    const facts = await ledger.readStream(factStreamOf(grant.callId), 1);
    if (facts.length > 0) return true;
    if (Date.now() >= untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
