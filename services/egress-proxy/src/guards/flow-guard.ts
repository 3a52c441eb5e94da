import { stop, type Stop } from '../fetch/fetch-stop.ts';

/** `bytes` moved while `ms` passed in which something was on its way; waiting for an answer to begin does not count. */
export type Flow = { readonly bytes: number; readonly ms: number };
export type FlowLimits = { readonly minBytesPerSecond: number; readonly graceMs: number };

/** What is wrong with a destination that takes or gives so little that it only holds the line. */
export function flowStop({ bytes, ms }: Flow, { minBytesPerSecond, graceMs }: FlowLimits): Stop | undefined {
  if (ms <= graceMs || (bytes * 1_000) / ms >= minBytesPerSecond) return undefined;
  const detail = `the destination moved ${bytes} bytes in ${Math.round(ms)} ms, less than ${minBytesPerSecond} a second`;
  return stop('UPSTREAM_TIMEOUT', 'exchange', detail);
}

type Wire = { readonly bytesRead: number; readonly bytesWritten: number; readonly writableLength: number };
export type FlowMeter = { readonly measure: (wire: Wire, isAnswering: boolean, nowMs: number) => Flow };

/** Adds up time and bytes of both directions, from one look at the wire to the next. `nowMs` never goes back. */
export function flowMeter(): FlowMeter {
  let last: { readonly read: number; readonly left: number; readonly nowMs: number } | undefined;
  let flow: Flow = { bytes: 0, ms: 0 };
  return {
    measure: ({ bytesRead, bytesWritten, writableLength }, isAnswering, nowMs) => {
      const now = { read: bytesRead, left: bytesWritten - writableLength, nowMs };
      const isMoving = isAnswering || writableLength > 0;
      if (last && isMoving) {
        const bytes = flow.bytes + now.read - last.read + now.left - last.left;
        flow = { bytes, ms: flow.ms + nowMs - last.nowMs };
      }
      last = now;
      return flow;
    },
  };
}
