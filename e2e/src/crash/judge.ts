import type { RecordedEvent, Rejection } from '@causeway/contracts';
import type { Found } from './stage.ts';

const ENDS = ['step.succeeded', 'step.failed', 'step.denied', 'step.unknown'];

type Broken = (found: Found) => string | false;

const PROMISES: readonly Broken[] = [
  ({ arrived, events }) => {
    const intents = countOf(events, 'step.started');
    return arrived > intents && `${arrived} requests arrived for ${intents} sealed intents`;
  },
  ({ effect, arrived }) => effect === 'write' && arrived > 1 && `a write arrived ${arrived} times`,
  ({ effect, arrived, end }) =>
    effect === 'write' && end === 'succeeded' && arrived !== 1 && `a success, but ${arrived} arrived`,
  ({ effect, arrived, end }) =>
    effect === 'write' && end === 'failed' && arrived !== 0 && `a failure, but ${arrived} arrived`,
  ({ events }) => {
    const consumed = countOf(events, 'approval.consumed');
    return consumed > 1 && `the approval was consumed ${consumed} times`;
  },
  (found) => found.effect === 'read' && !isFairEndOfRead(found) && `a read that may be repeated ended ${found.end}`,
  ({ events }) => {
    const ends = events.filter(({ type }) => ENDS.includes(type)).length;
    return ends !== 1 && `the intent has ${ends} fates`;
  },
  ({ run }) => run.budget.steps.reserved !== 0 && `${run.budget.steps.reserved} steps stay reserved`,
  ({ run }) => run.state !== 'cancelled' && `the run is ${run.state}`,
];

/** What is wrong with what was found after a blow, in words; empty when every promise was kept. */
export function brokenPromises(found: Found): string[] {
  return PROMISES.flatMap((brokenIn) => brokenIn(found) || []);
}

const countOf = (events: readonly RecordedEvent[], wanted: string): number =>
  events.filter(({ type }) => type === wanted).length;

/** A read succeeds in the end; when its provider is away for longer than the call may take, it has failed, and says why. */
function isFairEndOfRead({ service, end, events }: Found): boolean {
  if (end === 'succeeded') return true;
  const failed = events.find(({ type }) => type === 'step.failed')?.data as { rejection: Rejection } | undefined;
  return service === 'egress-proxy' && end === 'failed' && failed?.rejection.code === 'CAPABILITY_UNAVAILABLE';
}
