import { fold, type Recorded } from '@causeway/eventing';
import fc from 'fast-check';
import type { RunCommand } from '../src/runs/domain/run.commands.ts';
import { runDecider } from '../src/runs/domain/run.decide.ts';
import type { Run } from '../src/runs/domain/run.ts';
import { MOVERS } from '../src/runs/domain/transitions.ts';
import * as example from './run.features.ts';

const stepId = fc.constantFrom('s1', 's2', 's3', 's4', 's5', 's6');
const approvalOf = (id: string): string => `apr_0000000000000000000000000${id.slice(1)}`;
const mover = fc.constantFrom(...MOVERS);
const limits = fc.record({
  steps: fc.integer({ min: 1, max: 4 }),
  wallClockMs: fc.integer({ min: 1_000, max: 20_000 }),
});
const predicate = fc.constantFrom(
  { kind: 'manual' as const },
  { kind: 'never' as const },
  example.fetchSucceeded(1),
  example.fetchSucceeded(2, { method: 'GET' }),
);

const command: fc.Arbitrary<RunCommand> = fc.oneof(
  { weight: 8, arbitrary: stepId.map((id): RunCommand => example.request(id)) },
  {
    weight: 2,
    arbitrary: stepId.map((id): RunCommand => {
      const verdict = example.asks({ stepId: id, approvalId: approvalOf(id), expiresAt: example.atMs(60_000) });
      return example.request(id, { verdict });
    }),
  },
  { weight: 1, arbitrary: stepId.map((id): RunCommand => example.request(id, { verdict: example.DENIED })) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        stepId,
        fc.constantFrom(example.SUCCEEDED, example.FAILED, example.UNKNOWN),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([id, fate, attempt]): RunCommand => example.fate(id, fate, { attempt })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(stepId, fc.integer({ min: 1, max: 2 }))
      .map(([id, after]): RunCommand => example.tryAgain(id, after)),
  },
  { weight: 4, arbitrary: stepId.map((id): RunCommand => example.startHeld(id, { approvalId: approvalOf(id) })) },
  { weight: 2, arbitrary: fc.tuple(stepId, mover).map(([id, by]): RunCommand => example.refuseHeld(id, by)) },
  { weight: 1, arbitrary: fc.constant<RunCommand>(example.claim()) },
  { weight: 1, arbitrary: mover.map((by): RunCommand => example.complete(by)) },
  { weight: 1, arbitrary: mover.map((by): RunCommand => example.cancel(by, example.SESSION)) },
  { weight: 1, arbitrary: fc.constant<RunCommand>(example.tick(0)) },
);

/** Commands to one run over time, the first of which starts it. */
export const commands: fc.Arbitrary<readonly RunCommand[]> = fc
  .tuple(limits, predicate, fc.array(fc.tuple(command, fc.integer({ min: 0, max: 700 })), { maxLength: 60 }))
  .map(([budget, is, rest]) => {
    let ms = 0;
    const later = rest.map(([one, passedMs]) => {
      ms += passedMs;
      return { ...one, at: example.atMs(ms) };
    });
    return [example.start({ budget, predicate: is }), ...later];
  });

export type Sealed = { readonly stream: string; readonly event: example.RunEvent };

/** What happens when these commands are decided one after another: each state, and everything that was sealed, in order. */
export function play(all: readonly RunCommand[]): {
  readonly states: readonly Run[];
  readonly sealed: readonly Sealed[];
} {
  let state = runDecider.initialState();
  const states: Run[] = [];
  const sealed: Sealed[] = [];
  for (const one of all) {
    const decision = runDecider.decide(one, state);
    if (!decision.accepted) continue;
    state = decision.events.reduce(runDecider.evolve, state);
    states.push(state);
    sealed.push(...decision.events.map((event) => ({ stream: example.RUN, event })));
    for (const { stream, events } of decision.also ?? []) sealed.push(...events.map((event) => ({ stream, event })));
  }
  return { states, sealed };
}

/** The events of one stream, as sealed. */
export const streamOf = (sealed: readonly Sealed[], name: string): readonly example.RunEvent[] =>
  sealed.filter(({ stream }) => stream === name).map(({ event }) => event);

/** The state that the ledger alone gives. */
export const replayed = (sealed: readonly Sealed[]): Run => fold(runDecider, streamOf(sealed, example.RUN));

/** The same as the ledger returns it. */
export function recorded(sealed: readonly Sealed[]): readonly Recorded[] {
  const versions = new Map<string, number>();
  return sealed.map(({ stream, event }, position) => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    return {
      ...{ ...event, stream, version, position, id: `event-${position}`, scope: example.RUN },
      ...{ time: example.atMs(0), actor: { kind: 'system' as const, id: 'orchestrator-1' } },
    };
  });
}
