import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@causeway/contracts';
import { killService, startService, waitReady, type ServiceName } from '@causeway/provisioning';
import { readStepId } from './agent/instructions.ts';
import type { Narrator } from './narrator.ts';
import type { Operator } from './operator.ts';

/** The page whose fetch is interrupted: the content server takes its time over it. */
const INTERRUPTED_STEP_ID = readStepId(3);
const POLL_MS = 40;

/** Waits until an event like this is in the ledger; undefined when `goOn` says that it will not come any more. */
export async function eventOf(
  operator: Operator,
  runId: string,
  { isIt, goOn }: { readonly isIt: (event: RecordedEvent) => boolean; readonly goOn: () => boolean },
): Promise<RecordedEvent | undefined> {
  for (;;) {
    const isLast = !goOn();
    const found = (await operator.eventsOf(runId)).find(isIt);
    if (found || isLast) return found;
    await sleep(POLL_MS);
  }
}

/** Kills a service while a page is being fetched and starts it again. */
export async function killInTheMiddle(
  service: ServiceName,
  at: { readonly operator: Operator; readonly runId: string; readonly home: string; readonly goOn: () => boolean },
  narrator: Narrator,
): Promise<void> {
  const { operator, runId, home, goOn } = at;
  const started = await eventOf(operator, runId, { isIt: (event) => isStartOf(event, INTERRUPTED_STEP_ID), goOn });
  if (!started) throw new Error(`the agent ended before step ${INTERRUPTED_STEP_ID}, so ${service} was not killed`);
  await killService(service, 'SIGKILL', { home });
  const killedMs = performance.now();
  narrator.bad(
    `${service} is killed (SIGKILL) while «${INTERRUPTED_STEP_ID}», sealed at ${started.position}, is under way.`,
  );
  await startService(service, { home });
  await waitReady(service, { home });
  const awayMs = Math.round(performance.now() - killedMs);
  narrator.good(`${service} is back after ${awayMs} ms and goes on from what the ledger says.`);
}

const isStartOf = ({ type, data }: RecordedEvent, stepId: string): boolean =>
  type === 'step.started' && (data as { readonly stepId?: string } | undefined)?.stepId === stepId;
