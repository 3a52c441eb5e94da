/** What becomes of a message. `unrecorded`: a provider dies between its effect and its fact. `nobody`: no provider listens. */
export const FAULTS = ['none', 'late', 'lost-request', 'lost-answer', 'unrecorded', 'nobody'] as const;
export type Fault = (typeof FAULTS)[number];

export type Network = ReturnType<typeof createNetwork>;
type Timer = { readonly id: number; readonly dueMs: number; readonly ring: () => void };

/** The time at which every world begins. */
export const EPOCH_MS = Date.parse('2026-03-29T00:50:00.000Z');
const realDateNow = Date.now;
const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;
const realSetImmediate = globalThis.setImmediate;

/** Resolves once nothing more happens by itself: every promise that could settle has. */
const idle = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

/**
 * Messages that are on their way, and a time of its own. Nothing moves by itself: whoever holds the network says which message arrives next, what
 * becomes of it, and how far time jumps. So the same choices give the same story.
 */
export function createNetwork() {
  const underway: ((fault: Fault) => void)[] = [];
  let timers: Timer[] = [];
  let nowMs = EPOCH_MS;
  let nowText = new Date(EPOCH_MS).toISOString();
  let timerIds = 0;
  let arrived = 0;

  function setTimer(ring: () => void, ms = 0): number {
    timers.push({ id: ++timerIds, dueMs: nowMs + ms, ring });
    return timerIds;
  }

  async function jump(ms: number): Promise<void> {
    nowMs += ms;
    nowText = new Date(nowMs).toISOString();
    const due = timers.filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs || a.id - b.id);
    timers = timers.filter(({ dueMs }) => dueMs > nowMs);
    for (const { ring } of due) ring();
    await idle();
  }

  /** Lets one message arrive; false when none is on its way. */
  async function deliver(pick: number, fault: Fault): Promise<boolean> {
    const [arrive] = underway.splice(underway.length === 0 ? 0 : pick % underway.length, 1);
    if (arrive) arrived++;
    arrive?.(fault);
    await idle();
    return arrive !== undefined;
  }

  return {
    /** Sends a message: resolves when it arrives, to what becomes of it. */
    send: (): Promise<Fault> => new Promise((arrive) => underway.push(arrive)),
    deliver,
    jump,
    idle,
    /** How many messages have arrived. */
    arrived: (): number => arrived,
    nowMs: (): number => nowMs,
    now: (): string => nowText,
    /** Runs what a process waits for on this network's time: nothing really waits. Not for two worlds at once. */
    onItsTime: async <Value>(work: () => Promise<Value>): Promise<Value> => {
      Object.assign(globalThis, {
        setTimeout: setTimer,
        clearTimeout: (id: number) => void (timers = timers.filter((timer) => timer.id !== id)),
      });
      Date.now = () => nowMs;
      Object.defineProperty(performance, 'now', { value: () => nowMs - EPOCH_MS, configurable: true });
      try {
        return await work();
      } finally {
        Object.assign(globalThis, { setTimeout: realSetTimeout, clearTimeout: realClearTimeout });
        Date.now = realDateNow;
        Reflect.deleteProperty(performance, 'now');
      }
    },
  };
}
