/** Anything that happened: a type and its facts. */
export type EventLike = { readonly type: string; readonly data: unknown };

/** Events for another stream that must be sealed together with the decision's own, or not at all. */
export type SideWrite<Event extends EventLike> = {
  readonly stream: string;
  readonly expected: number | 'none' | 'exists' | 'any';
  readonly events: readonly Event[];
};

/** A refusal is a value: the caller cannot forget it. `events: []` means already done. */
export type Decision<Event extends EventLike, Rejection> =
  | { readonly accepted: true; readonly events: readonly Event[]; readonly also?: readonly SideWrite<Event>[] }
  | { readonly accepted: false; readonly rejection: Rejection };

/** The whole of a domain: pure functions over plain data. `evolve` never refuses: the past is a fact. */
export type Decider<State, Command, Event extends EventLike, Rejection> = {
  readonly initialState: () => State;
  readonly decide: (command: Command, state: State) => Decision<Event, Rejection>;
  readonly evolve: (state: State, event: Event) => State;
};

/** Accepts with these events. */
export const accept = <Event extends EventLike>(
  ...events: readonly Event[]
): { readonly accepted: true; readonly events: readonly Event[] } => ({
  accepted: true,
  events,
});

/** Refuses with this rejection. */
export const refuse = <Rejection>(
  rejection: Rejection,
): { readonly accepted: false; readonly rejection: Rejection } => ({ accepted: false, rejection });

/** The state after these events, from the beginning. */
export function fold<State, Event extends EventLike>(
  decider: Pick<Decider<State, never, Event, never>, 'initialState' | 'evolve'>,
  events: readonly Event[],
): State {
  return events.reduce(decider.evolve, decider.initialState());
}
