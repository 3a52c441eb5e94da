import type { Decider, Decision, EventLike } from './decider.ts';
import type { AppendRequest, PendingEvent, Principal } from './ledger-port.ts';

/** Who asked, and what the events belong to. */
export type CommandMeta = { readonly actor: Principal; readonly correlationId?: string; readonly causationId?: string };

export type Outcome<State, Event extends EventLike, Rejection> =
  | { readonly decision: Decision<Event, Rejection>; readonly state: State }
  /** The decider itself failed: a fault of ours, and no other command's. */
  | { readonly failure: unknown };

/** What a batch of commands comes to, decided one after another on one state. */
export type BatchPlan<State, Event extends EventLike, Rejection> = {
  /** One for each command from the first on; shorter than the batch when more does not fit into one append. */
  readonly outcomes: readonly Outcome<State, Event, Rejection>[];
  readonly request: AppendRequest | undefined;
  readonly state: State;
  /** Events of the stream itself. When there are any, the append proves that the state was the newest; otherwise nothing does. */
  readonly eventCount: number;
};

export type PlanOptions<State, Command, Event extends EventLike, Rejection> = {
  readonly decider: Decider<State, Command, Event, Rejection>;
  readonly newUuid: () => string;
  readonly scopeOf?: ((id: string, state: State) => string) | undefined;
};

/** What one append may hold: the ledger takes this many streams, and this many events of each. */
export const MAX_WRITES = 64;
export const MAX_EVENTS = 512;

type Known<State> = { readonly id: string; readonly state: State; readonly version: number };
type Asked<Command> = { readonly command: Command; readonly meta: CommandMeta };
type Write = AppendRequest['writes'][number];
type Accepted<Event extends EventLike> = Extract<Decision<Event, never>, { accepted: true }>;

/** Decides the commands in order and lays their events into one append: the stream's own first, then what belongs to other streams. */
export function planBatch<State, Command, Event extends EventLike, Rejection>(
  { decider, newUuid, scopeOf }: PlanOptions<State, Command, Event, Rejection>,
  known: Known<State>,
  batch: readonly Asked<Command>[],
): BatchPlan<State, Event, Rejection> {
  let state = known.state;
  const own: PendingEvent[] = [];
  const side: Write[] = [];
  const outcomes: Outcome<State, Event, Rejection>[] = [];

  const toPending = (event: Event, meta: CommandMeta): PendingEvent => {
    const scope = scopeOf?.(known.id, state);
    return { id: newUuid(), type: event.type, data: event.data, ...(scope ? { scope } : {}), ...meta };
  };

  const take = (decision: Accepted<Event>, meta: CommandMeta): void => {
    own.push(...decision.events.map((event) => toPending(event, meta)));
    for (const write of decision.also ?? []) {
      side.push({ ...write, events: write.events.map((event) => toPending(event, meta)) });
    }
  };
  const fits = ({ events, also = [] }: Accepted<Event>): boolean =>
    own.length + events.length <= MAX_EVENTS && side.length + also.length < MAX_WRITES;

  for (const { command, meta } of batch) {
    const outcome = decideOn(decider, command, state);
    if ('decision' in outcome && outcome.decision.accepted) {
      if (outcomes.length > 0 && !fits(outcome.decision)) break;
      state = outcome.state;
      take(outcome.decision, meta);
    }
    outcomes.push(outcome);
  }
  const ownWrite: Write = { stream: known.id, expected: known.version === 0 ? 'none' : known.version, events: own };
  const writes = own.length > 0 ? [ownWrite, ...side] : side;
  const request = writes.length > 0 ? { appendId: newUuid(), writes } : undefined;
  return { outcomes, request, state, eventCount: own.length };
}

function decideOn<State, Command, Event extends EventLike, Rejection>(
  decider: Decider<State, Command, Event, Rejection>,
  command: Command,
  state: State,
): Outcome<State, Event, Rejection> {
  try {
    const decision = decider.decide(command, state);
    const after = decision.accepted
      ? decision.events.reduce<State>((now, event) => decider.evolve(now, event), state)
      : state;
    return { decision, state: after };
  } catch (failure) {
    return { failure };
  }
}
