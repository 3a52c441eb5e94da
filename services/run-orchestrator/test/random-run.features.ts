import { fold, type Recorded } from '@causeway/eventing';
import fc from 'fast-check';
import { METERS, ON_LIMIT } from '@causeway/contracts';
import type { RunCommand } from '../src/runs/domain/run.commands.ts';
import { runDecider } from '../src/runs/domain/run.decide.ts';
import { matchesIn } from '../src/runs/domain/predicates/watched.ts';
import { stepOf, type Run } from '../src/runs/domain/run.ts';
import { MOVERS } from '../src/runs/domain/transitions.ts';
import { watchedResult } from '../src/steps/watched-result.ts';
import { noteKey, noteValue, predicate, stalePredicate, subgoals } from './random-predicate.features.ts';
import { answerTo, approvalOf, TIME } from './random-world.features.ts';
import * as example from './run.features.ts';

const stepId = fc.constantFrom('s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8');
const mover = fc.constantFrom(...MOVERS);
const limits = fc.record(
  {
    steps: fc.integer({ min: 1, max: 8 }),
    wallClockMs: fc.integer({ min: 1_000, max: 20_000 }),
    bytesIn: fc.integer({ min: 0, max: 60 }),
    bytesOut: fc.integer({ min: 0, max: 60 }),
    outputTokens: fc.integer({ min: 0, max: 30 }),
    retriesPerStep: fc.integer({ min: 0, max: 2 }),
  },
  { requiredKeys: ['steps', 'wallClockMs'] },
);
const onLimit = fc.dictionary(fc.constantFrom(...METERS), fc.constantFrom(...ON_LIMIT), { maxKeys: 4 });
const pooled = fc.uniqueArray(fc.constantFrom('steps' as const, 'bytesIn' as const, 'outputTokens' as const));
const reserves = fc.record(
  { bytesIn: fc.nat({ max: 40 }), bytesOut: fc.nat({ max: 20 }), outputTokens: fc.nat({ max: 20 }) },
  { requiredKeys: [] },
);
/** What a step id stands for: reads, writes and lists, always the same for the same id. */
const askedBy = (id: string): Partial<example.CommandOf<'request-step'>> => {
  const kind = Number(id.slice(1)) % 3;
  if (kind === 0) return { capability: 'resource.list', input: {} };
  return { input: { method: kind === 1 ? 'GET' : 'POST' } };
};
const requestOf = (id: string, more: Partial<example.CommandOf<'request-step'>> = {}): RunCommand =>
  example.request(id, { ...askedBy(id), ...more });

const note: fc.Arbitrary<RunCommand> = fc.tuple(noteKey, noteValue).map(([key, value]) => example.note(key, value));
const subgoalId = fc.constantFrom('g1', 'g2', 'g3');

/** Most runs begin at once. */
const startsAt = fc.constantFrom({}, {}, {}, { startsAt: example.atMs(0) }, { startsAt: example.atMs(500) });
const n = fc.constantFrom(...'123456789');
const signalName = fc.constantFrom('paid', 'shipped');
const resumeOn = fc.constantFrom({}, { waitsFor: 'paid' }, { resumeAt: example.atMs(15_000) });
/** What the policy of the day says: how long an agent may be silent, how long a run may last, how long a segment is. */
const watched = fc.record(
  {
    agentLeaseMs: fc.integer({ min: 300, max: 6_000 }),
    maxLifeMs: fc.integer({ min: 1_000, max: 40_000 }),
    segmentSteps: fc.integer({ min: 1, max: 3 }),
    occupiesSession: fc.constant(true as const),
  },
  { requiredKeys: [] },
);

const command: fc.Arbitrary<RunCommand> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(stepId, reserves).map(([id, worst]): RunCommand => requestOf(id, { reserves: worst })),
  },
  {
    weight: 2,
    arbitrary: stepId.map((id): RunCommand => {
      const verdict = example.asks({ stepId: id, approvalId: approvalOf(id), expiresAt: example.atMs(60_000) });
      return requestOf(id, { verdict });
    }),
  },
  { weight: 1, arbitrary: stepId.map((id): RunCommand => requestOf(id, { verdict: example.DENIED })) },
  { weight: 1, arbitrary: stepId.map((id): RunCommand => requestOf(id, { verdict: example.granted() })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(stepId, fc.constantFrom('happened' as const, 'did-not-happen' as const))
      .map(([id, finding]): RunCommand => example.acknowledge(id, finding)),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        stepId,
        fc.constantFrom(
          example.SUCCEEDED,
          example.answered(200),
          example.answered(404),
          example.FAILED,
          example.UNKNOWN,
        ),
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
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...METERS), fc.integer({ min: 1, max: 9 }), mover)
      .map(([meter, delta, by]): RunCommand => ({
        ...{ type: 'extend-budget', extensionId: `ext_${meter}-${delta}`, meter, delta, reason: 'more', mover: by },
        ...{ by: 'olga', at: example.atMs(0) },
      })),
  },
  { weight: 1, arbitrary: fc.constant<RunCommand>({ type: 'return-allotment', at: example.atMs(0) }) },
  {
    weight: 2,
    arbitrary: fc.boolean().map((isGiven): RunCommand =>
      isGiven
        ? {
            ...{ type: 'start-extended', approvalId: TIME, approvalVersion: 2, digest: example.DIGEST, by: 'ann' },
            ...{ stepId: 'more-time', extension: { meter: 'wallClockMs', delta: 1_000 }, at: example.atMs(0) },
          }
        : { type: 'end-unextended', approvalId: TIME, reason: 'no', at: example.atMs(0) },
    ),
  },
  { weight: 1, arbitrary: fc.constant<RunCommand>(example.claim()) },
  { weight: 2, arbitrary: note },
  { weight: 2, arbitrary: subgoalId.map((id): RunCommand => example.claim({ subgoalId: id })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(subgoalId, mover)
      .map(([id, by]): RunCommand => example.addSubgoals([example.subgoal(id)], { mover: by })),
  },
  { weight: 1, arbitrary: mover.map((by): RunCommand => example.complete(by)) },
  { weight: 1, arbitrary: mover.map((by): RunCommand => example.cancel(by, example.SESSION)) },
  { weight: 1, arbitrary: fc.constant<RunCommand>(example.tick(0)) },
  {
    weight: 2,
    arbitrary: fc.tuple(mover, signalName, n).map(([by, waitsFor, id]): RunCommand => {
      const wait = { cause: 'external-event' as const, waitsFor };
      const asked = { pauseId: `pau_0000000000000000000000000${id}`, deadlineAt: example.atMs(40_000) };
      return example.pause(by, { ...asked, ...(by === 'agent' ? wait : {}) });
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(mover, n)
      .map(([by, id]): RunCommand => example.resume(by, { resumeId: `pau_0000000000000000000000001${id}` })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(signalName, n)
      .map(([name, id]): RunCommand => example.signal(name, { signalId: `sig_0000000000000000000000000${id}` })),
  },
  { weight: 2, arbitrary: fc.constant<RunCommand>(example.hear(0)) },
  {
    weight: 2,
    arbitrary: fc.tuple(resumeOn, n).map(([on, id]): RunCommand => {
      return example.checkpoint({ checkpointId: `ckp_0000000000000000000000000${id}`, ...on });
    }),
  },
  { weight: 1, arbitrary: fc.tuple(stepId, mover).map(([id, by]): RunCommand => example.killStep(id, by)) },
);

/** Commands to one run over time, the first of which starts it. */
export const commands: fc.Arbitrary<readonly RunCommand[]> = fc
  .tuple(
    fc.tuple(limits, startsAt),
    fc.record({ onLimit, pooled }),
    fc.tuple(predicate, fc.option(subgoals, { nil: undefined })),
    watched,
    fc.array(fc.tuple(command, fc.integer({ min: 0, max: 700 })), { maxLength: 60 }),
  )
  .map(([[budget, begin], terms, [is, queue], bounds, rest]) => {
    let ms = 0;
    const later = rest.map(([one, passedMs]) => {
      ms += passedMs;
      return { ...one, at: example.atMs(ms) };
    });
    const queued = queue ? { subgoals: queue } : {};
    return [example.start({ budget, ...terms, predicate: is, ...begin, ...bounds, ...queued }), ...later];
  });

/** The command as the edge sends it: with what the leaves of the predicates found in the result. */
export function observed(command: RunCommand, run: Run): RunCommand {
  if (command.type !== 'record-fate' || command.fate.state !== 'succeeded' || run.kind === 'none') return command;
  const step = stepOf(run, command.stepId);
  if (!step) return command;
  const { run: ofRun, subgoal } = watchedResult(run, step);
  const { value = null } = command.fate.result;
  const found = { matches: matchesIn(ofRun, value), subgoalMatches: matchesIn(subgoal, value) };
  return { ...command, fate: { ...command.fate, ...found } };
}

/** A run with room for everything it is asked, in which steps overlap a great deal. */
export const overlapping: fc.Arbitrary<readonly RunCommand[]> = fc
  .tuple(
    stalePredicate,
    fc.array(
      fc.oneof(
        { weight: 4, arbitrary: stepId.map((id) => requestOf(id)) },
        {
          weight: 5,
          arbitrary: fc
            .tuple(
              stepId,
              fc.constantFrom(example.answered(200), example.answered(404), example.FAILED, example.UNKNOWN),
            )
            .map(([id, fate]) => example.fate(id, fate)),
        },
        { weight: 1, arbitrary: note },
      ),
      { minLength: 4, maxLength: 30 },
    ),
  )
  .map(([is, rest]) => [example.start({ predicate: is, budget: { steps: 99, wallClockMs: 9_000_000 } }), ...rest]);

export type Sealed = { readonly stream: string; readonly event: example.RunEvent };

/** What happens when these commands are decided one after another: each state, and everything that was sealed, in order. */
export function play(all: readonly RunCommand[]): {
  readonly states: readonly Run[];
  readonly sealed: readonly Sealed[];
} {
  let state = runDecider.initialState();
  const states: Run[] = [];
  const sealed: Sealed[] = [];
  const take = (events: readonly example.RunEvent[]): void => {
    state = events.reduce(runDecider.evolve, state);
    states.push(state);
    sealed.push(...events.map((event) => ({ stream: example.RUN, event })));
  };
  const decide = (command: RunCommand, questions: number): void => {
    const decision = runDecider.decide(command, state);
    if (decision.accepted) {
      take(decision.events);
      for (const { stream, events } of decision.also ?? []) sealed.push(...events.map((event) => ({ stream, event })));
      return;
    }
    const { wanted } = decision.rejection;
    if (!wanted || questions === 0) return;
    const { allotted, command: asked } = answerTo(wanted, command, state);
    take(allotted);
    decide(asked, questions - 1);
  };
  for (const one of all) decide(honest(observed(one, state), state, sealed), 3);
  return { states, sealed };
}

/** A provider that uses no more than was reserved, and an approval that carries the extension it was asked for. */
function honest(command: RunCommand, state: Run, sealed: readonly Sealed[]): RunCommand {
  if (command.type === 'start-held') return { ...command, ...extensionIn(streamOf(sealed, command.approvalId)) };
  if (command.type !== 'record-fate' || state.kind === 'none' || command.fate.state === 'unknown') return command;
  const reserved = stepOf(state, command.stepId)?.reserved ?? {};
  const { bytesIn = 0, bytesOut = 0, outputTokens = 0 } = reserved;
  return { ...command, fate: { ...command.fate, usage: { bytesIn, bytesOut, outputTokens, durationMs: 5 } } };
}

function extensionIn(approval: readonly example.RunEvent[]) {
  const [asked] = approval;
  const extension = asked?.type === 'approval.requested' ? asked.data.content.extension : undefined;
  return extension ? { extension } : {};
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

/** The streams of the approvals in a story. */
export const approvalsIn = (sealed: readonly Sealed[]): readonly string[] => [
  ...new Set(sealed.map(({ stream }) => stream).filter((stream) => stream.startsWith('apr_'))),
];
