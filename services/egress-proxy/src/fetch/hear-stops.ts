import { fromCloudEvent, type CausewayEvent, type CloudEvent } from '@causeway/contracts';
import type { Bus, Log } from '@causeway/messaging';
import type { CallsInHand, Stopping } from './calls-in-hand.ts';

/** Event types after which calls are stopped. They are sealed before anybody hears of them. */
const HEARD = ['kill.pulled', 'run.cancelled', 'session.revoked'] as const;

const decoder = new TextDecoder();

/** Stops calls as soon as the log says that they are no longer wanted. A message that is lost costs time: the call ends at its deadline. */
export function hearStops(bus: Pick<Bus, 'subscribe'>, calls: Pick<CallsInHand, 'stop'>, log: Log): void {
  for (const type of HEARD) {
    bus.subscribe(`audit.${type}.*`, (bytes) => {
      const recorded = fromCloudEvent(JSON.parse(decoder.decode(bytes)) as CloudEvent);
      const stop = stopOf(recorded as unknown as Heard);
      if (!stop) return;
      log.info({ type, ...stop }, 'calls are stopped');
      calls.stop(stop.what, stop.why);
    });
  }
}

type Heard = CausewayEvent & { readonly stream: string };

/** What an event stops, and why in words; undefined for one that stops nothing. */
export function stopOf(event: Heard): { readonly what: Stopping; readonly why: string } | undefined {
  switch (event.type) {
    case 'run.cancelled':
      return { what: { runId: event.stream }, why: 'the run was cancelled' };
    case 'session.revoked':
      return { what: { sessionId: event.data.sessionId }, why: 'the session was revoked' };
    case 'kill.pulled': {
      const { killId, runId, stepId, sessionId, agentId } = event.data;
      const named = { runId, stepId, sessionId, agentId };
      const what = Object.fromEntries(Object.entries(named).filter(([, id]) => id !== undefined)) as Stopping;
      return { what, why: `an operator stopped it (${killId})` };
    }
    default:
      return undefined;
  }
}
