import { planBatch, type BatchPlan, type CommandMeta } from './batch-plan.ts';
import type { Decider, EventLike } from './decider.ts';
import type { AppendAnswer, AppendRequest, LedgerPort, Recorded } from './ledger-port.ts';

export type Handled<State, Event extends EventLike, Rejection> =
  | {
      readonly accepted: true;
      readonly events: readonly Event[];
      /** The state that the decision left, as sealed. */
      readonly state: State;
      /** Position of the command's own last event; undefined when there was nothing to append. */
      readonly position: number | undefined;
    }
  | { readonly accepted: false; readonly rejection: Rejection; readonly state: State };

export type AggregateHandler<State, Command, Event extends EventLike, Rejection> = {
  /** Decides one command and seals its events; commands to one stream that wait for each other are sealed in one append. */
  readonly handle: (id: string, command: Command, meta: CommandMeta) => Promise<Handled<State, Event, Rejection>>;
  /** The state as the ledger has it now. */
  readonly load: (id: string) => Promise<State>;
  /** Forgets every state, so that the next command reads it from the ledger again; what is being decided is forgotten after that. */
  readonly forget: () => void;
};

export type AggregateOptions<State, Command, Event extends EventLike, Rejection> = {
  readonly decider: Decider<State, Command, Event, Rejection>;
  readonly ledger: LedgerPort;
  readonly newUuid: () => string;
  /** Scope on the bus of the events that this aggregate causes, in its own stream and in others; left out, each stream's own id. */
  readonly scopeOf?: (id: string, state: State) => string;
  /** How many aggregates stay in memory. */
  readonly cacheSize?: number;
  /** Most commands in one append. */
  readonly maxBatch?: number;
  /** Size of a command in bytes, where it can be large: an append stays below {@link MAX_BATCH_BYTES}. */
  readonly sizeOf?: (command: Command) => number;
};

/** The stream moved on as often as we tried: somebody else writes it faster. */
export class ConflictError extends Error {
  readonly code = 'VERSION_CONFLICT';
}

/** With these codes the ledger refuses what an append holds: nothing was written, and the same would be refused again. */
const REFUSED_CONTENT = [
  'EVENT_DATA_INVALID',
  'EVENT_TYPE_UNKNOWN',
  'EVENT_NOT_OWNED',
  'REQUEST_INVALID',
  'REQUEST_TOO_LARGE',
];
const isRefusedContent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && REFUSED_CONTENT.includes(String(error.code));

const MAX_ATTEMPTS = 6;
const MAX_BATCH_BYTES = 400_000;

type Waiting<State, Command, Event extends EventLike, Rejection> = {
  readonly command: Command;
  readonly meta: CommandMeta;
  readonly resolve: (handled: Handled<State, Event, Rejection>) => void;
  readonly reject: (error: unknown) => void;
};
type Entry<State, Command, Event extends EventLike, Rejection> = {
  readonly id: string;
  state: State;
  version: number;
  loaded: boolean;
  busy: boolean;
  isOutdated: boolean;
  readonly queue: Waiting<State, Command, Event, Rejection>[];
};

/**
 * Turns a decider into something that can be asked: read, fold, decide, append at the expected version, decide again on a conflict. This is
 * the only place that knows the loop. While an append of a stream is on its way, further commands to it wait and are then decided one after
 * another and sealed together, so a hot stream costs one append per round trip and not one per command. An answer, a refusal too, is given
 * only once everything it was decided upon is sealed, and only on the newest state.
 */
export function aggregateHandler<State, Command, Event extends EventLike, Rejection>(
  options: AggregateOptions<State, Command, Event, Rejection>,
): AggregateHandler<State, Command, Event, Rejection> {
  const { decider, ledger, cacheSize = 5_000, maxBatch = 64, sizeOf = () => 0 } = options;
  type E = Entry<State, Command, Event, Rejection>;
  type W = Waiting<State, Command, Event, Rejection>;
  const entries = new Map<string, E>();

  function entryOf(id: string): E {
    const known = entries.get(id);
    const entry = known ?? {
      id,
      state: decider.initialState(),
      version: 0,
      loaded: false,
      busy: false,
      isOutdated: false,
      queue: [],
    };
    entries.delete(id);
    entries.set(id, entry);
    if (entries.size > cacheSize) evictOldestIdle();
    return entry;
  }

  function evictOldestIdle(): void {
    for (const [id, entry] of entries) {
      if (entry.busy) continue;
      entries.delete(id);
      return;
    }
  }

  async function refresh(entry: E): Promise<void> {
    const tail = (await ledger.readStream(entry.id, entry.version + 1)) as readonly (Recorded & Event)[];
    for (const event of tail) {
      entry.state = decider.evolve(entry.state, event);
      entry.version = event.version;
    }
    entry.loaded = true;
  }

  /**
   * Seals what the batch comes to and answers it; returns how many commands were answered. Undefined, with nothing sealed, when the batch
   * is better taken apart: rivals keep moving the streams it writes, or the ledger refuses what some command wants to write.
   */
  async function commit(entry: E, batch: readonly W[]): Promise<number | undefined> {
    let isNewest = !entry.loaded;
    if (isNewest) await refresh(entry);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const planned = await planOnNewest(entry, batch, isNewest);
      const answer = planned.request && (await appendOf(planned.request, batch));
      if (answer === 'refused') return undefined;
      if (answer?.appended !== false) {
        entry.state = planned.state;
        entry.version += planned.eventCount;
        answerAll(batch, planned, answer?.firstPosition);
        return planned.outcomes.length;
      }
      if (batch.length > 1 && attempt > 0) return undefined;
      await refresh(entry);
      isNewest = true;
    }
    throw new ConflictError(
      `stream ${entry.id} changed ${MAX_ATTEMPTS} times while a command was decided; send the command again`,
    );
  }

  /** A rival replica may have moved the stream since we last saw it. Where no append of our own will prove otherwise, we look. */
  async function planOnNewest(
    entry: E,
    batch: readonly W[],
    isNewest: boolean,
  ): Promise<BatchPlan<State, Event, Rejection>> {
    const planned = planBatch(options, entry, batch);
    if (planned.eventCount > 0 || isNewest) return planned;
    await refresh(entry);
    return planBatch(options, entry, batch);
  }

  async function appendOf(request: AppendRequest, batch: readonly W[]): Promise<AppendAnswer | 'refused'> {
    try {
      return await ledger.append(request);
    } catch (error) {
      if (batch.length > 1 && isRefusedContent(error)) return 'refused';
      throw error;
    }
  }

  /** The stream's own events stand first in the append, in the order of the commands, so each position follows from the first one. */
  function answerAll(
    batch: readonly W[],
    planned: BatchPlan<State, Event, Rejection>,
    firstPosition: number | undefined,
  ): void {
    let next = firstPosition ?? 0;
    planned.outcomes.forEach((outcome, index) => {
      const waiting = batch[index]!;
      if ('failure' in outcome) return waiting.reject(outcome.failure);
      const { decision, state } = outcome;
      if (!decision.accepted) return waiting.resolve({ accepted: false, rejection: decision.rejection, state });
      next += decision.events.length;
      const position = decision.events.length > 0 && firstPosition !== undefined ? next - 1 : undefined;
      waiting.resolve({ accepted: true, events: decision.events, state, position });
    });
  }

  function takeBatch(queue: W[]): W[] {
    if (queue.length === 1) return queue.splice(0, 1);
    let bytes = 0;
    let count = 0;
    while (count < queue.length && count < maxBatch) {
      bytes += sizeOf(queue[count]!.command);
      if (count > 0 && bytes > MAX_BATCH_BYTES) break;
      count++;
    }
    return queue.splice(0, count);
  }

  /** How many commands of the batch have their answer, from the first on. */
  async function settle(entry: E, batch: readonly W[]): Promise<number> {
    try {
      return (await commit(entry, batch)) ?? (await settle(entry, batch.slice(0, 1)));
    } catch (error) {
      // What the ledger holds is not known now: the next command reads it again.
      reset(entry);
      for (const waiting of batch) waiting.reject(error);
      return batch.length;
    }
  }

  function reset(entry: E): void {
    entry.state = decider.initialState();
    entry.version = 0;
    entry.loaded = false;
    entry.isOutdated = false;
  }

  async function drain(entry: E): Promise<void> {
    entry.busy = true;
    while (entry.queue.length > 0) {
      const batch = takeBatch(entry.queue);
      const settled = await settle(entry, batch);
      entry.queue.unshift(...batch.slice(settled));
      if (entry.isOutdated) reset(entry);
    }
    entry.busy = false;
    if (entry.version === 0) entries.delete(entry.id);
  }

  return {
    handle: (id, command, meta) =>
      new Promise((resolve, reject) => {
        const entry = entryOf(id);
        entry.queue.push({ command, meta, resolve, reject });
        if (!entry.busy) void drain(entry);
      }),
    forget: () => {
      for (const [id, entry] of entries) {
        if (entry.busy) entry.isOutdated = true;
        else entries.delete(id);
      }
    },
    load: async (id) => {
      const cached = entries.get(id);
      const isGood = cached?.loaded === true && !cached.isOutdated;
      const { state, version } = isGood ? cached : { state: decider.initialState(), version: 0 };
      const tail = (await ledger.readStream(id, version + 1)) as readonly (Recorded & Event)[];
      return tail.reduce<State>(decider.evolve, state);
    },
  };
}
