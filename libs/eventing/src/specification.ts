import { fold, type Decider, type Decision, type EventLike } from './decider.ts';

/** Tests read as law: `given(events).when(command)` is the decision. The state is frozen: a decider that writes to it throws. */
export function specification<State, Command, Event extends EventLike, Rejection>(
  decider: Decider<State, Command, Event, Rejection>,
) {
  return {
    given: (...events: readonly Event[]) => ({
      when: (command: Command): Decision<Event, Rejection> =>
        decider.decide(command, deepFreeze(fold(decider, events))),
      state: (): State => deepFreeze(fold(decider, events)),
    }),
  };
}

function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value instanceof Map || value instanceof Set ? value : Object.freeze(value);
}
