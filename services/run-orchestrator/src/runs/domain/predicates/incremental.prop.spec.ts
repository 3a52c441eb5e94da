import type { Predicate, RunOrchestratorEvent, StepState } from '@causeway/contracts';
import fc from 'fast-check';
import { commands, overlapping, play, streamOf } from '../../../../test/random-run.features.ts';
import { RUN } from '../../../../test/run.features.ts';
import type { StartedRun } from '../run.ts';
import { currentSubgoal, openSubgoals } from '../subgoals.ts';
import { judge } from './judge.ts';

type Event = RunOrchestratorEvent;
type Trace = {
  readonly steps: Map<string, TracedStep>;
  readonly notes: { readonly key: string; readonly value: unknown; readonly at: number }[];
};
type TracedStep = {
  readonly capability: string;
  readonly input: Readonly<Record<string, unknown>>;
  began?: number;
  ended?: number;
  state?: StepState;
  value?: unknown;
};
type Of = { readonly capability: string; readonly input?: Readonly<Record<string, unknown>> | undefined };

/** The whole trace, read from its first event. `from`: leave out steps that were asked for, and notes that were made, before this version. */
function traceOf(events: readonly Event[], from: number): Trace {
  const steps = new Map<string, TracedStep>();
  const notes: Trace['notes'] = [];
  events.forEach((event, index) => {
    const at = index + 1;
    if (at <= from) return;
    if (event.type === 'run.noted') notes.push({ key: event.data.key, value: event.data.value, at });
    if (event.type === 'step.requested') steps.set(event.data.stepId, { ...event.data });
    if ('stepId' in event.data) trace(steps.get(event.data.stepId ?? ''), event, at);
  });
  return { steps, notes };
}

function trace(step: TracedStep | undefined, event: Event, at: number): void {
  if (!step) return;
  if (event.type === 'step.started') step.began ??= at;
  const end = /^step\.(succeeded|failed|unknown)$/.exec(event.type)?.[1] as StepState | undefined;
  if (end) Object.assign(step, { ended: at, state: end });
  if (event.type === 'step.succeeded') step.value = event.data.result.value;
}

const isOf = (step: TracedStep, { capability, input }: Of): boolean =>
  step.capability === capability && Object.entries(input ?? {}).every(([name, value]) => step.input[name] === value);

type Bounds = readonly [certain: boolean, possible: boolean];
type Known = { readonly trace: Trace; readonly isDone: boolean; readonly isConfirmed: boolean };

/** What a predicate means, told in the words of docs/predicates.md and over the whole trace each time. */
function naive(predicate: Predicate, known: Known): Bounds {
  switch (predicate.kind) {
    case 'always':
      return [true, true];
    case 'never':
      return [false, false];
    case 'manual':
      return [known.isConfirmed, known.isConfirmed];
    case 'subgoals_done':
      return [known.isDone, known.isDone];
    case 'all_of': {
      const parts = predicate.all_of.map((part) => naive(part, known));
      return [parts.every(([certain]) => certain), parts.every(([, possible]) => possible)];
    }
    case 'any_of': {
      const parts = predicate.any_of.map((part) => naive(part, known));
      return [parts.some(([certain]) => certain), parts.some(([, possible]) => possible)];
    }
    case 'not': {
      const [certain, possible] = naive(predicate.not, known);
      return [!possible, !certain];
    }
    default:
      return naiveLeaf(predicate, known.trace);
  }
}

type Leaf = Exclude<Predicate, { kind: 'always' | 'never' | 'manual' | 'subgoals_done' | 'all_of' | 'any_of' | 'not' }>;

type Begun = TracedStep & { readonly stepId: string; readonly began: number };

function naiveLeaf(leaf: Leaf, { steps, notes }: Trace): Bounds {
  const all = [...steps].flatMap(([stepId, step]) =>
    step.began === undefined ? [] : [{ stepId, ...step, began: step.began }],
  );
  const voiders = all.filter((step) => (leaf.voidedBy ?? []).some((voiding) => isOf(step, voiding)));
  const isFresh = ({ began, stepId }: { began: number; stepId?: string }): boolean =>
    voiders.every((by) => by.stepId === stepId || by.state === 'failed' || !by.ended || by.ended < began);
  const isSettled = voiders.every(({ ended }) => ended !== undefined);
  if ('key' in leaf) {
    const holds = holdsOfNotes(leaf, notes, isFresh);
    return [holds && isSettled, holds];
  }
  const begun = all.filter((step) => isOf(step, leaf));
  const isPending = (step: Begun): boolean => (step.state ?? 'unknown') === 'unknown' && isFresh(step);
  const pending = begun.filter(isPending).length;
  const [count, min] =
    leaf.kind === 'metadata_matches' ? [newestOf(leaf, begun, isFresh), 1] : [countOf(leaf, begun, isFresh), leaf.min];
  return [count >= min && isSettled, count + pending >= min];
}

type IsFresh = (of: { readonly began: number; readonly stepId?: string }) => boolean;
type LeafOf<Kind extends Leaf['kind']> = Extract<Leaf, { kind: Kind }>;

function holdsOfNotes(
  leaf: LeafOf<'state_exists' | 'memory_equals'>,
  notes: Trace['notes'],
  isFresh: IsFresh,
): boolean {
  const newest = notes.filter(({ key }) => key === leaf.key).at(-1);
  if (newest === undefined || !isFresh({ began: newest.at })) return false;
  return leaf.kind === 'state_exists' || newest.value === leaf.value;
}

function newestOf({ equals }: LeafOf<'metadata_matches'>, begun: readonly Begun[], isFresh: IsFresh): number {
  const succeeded = begun.filter(({ state }) => state === 'succeeded');
  const newest = succeeded.sort((a, b) => a.ended! - b.ended!).at(-1);
  const value = newest?.value as { readonly status?: unknown } | undefined;
  return newest !== undefined && isFresh(newest) && value?.status === equals ? 1 : 0;
}

function countOf(
  { kind }: LeafOf<'capability_succeeded' | 'capability_failed'>,
  begun: readonly Begun[],
  isFresh: IsFresh,
) {
  const wanted = kind === 'capability_succeeded' ? 'succeeded' : 'failed';
  return begun.filter((step) => step.state === wanted && isFresh(step)).length;
}

function verdictOf(predicate: Predicate, known: Omit<Known, 'isConfirmed'>): string {
  if (naive(predicate, { ...known, isConfirmed: false })[0]) return 'proven';
  return naive(predicate, { ...known, isConfirmed: true })[0] ? 'asks-person' : 'unproven';
}

const RUNS = { numRuns: 2_000 };

describe('a predicate, whatever happens in its run', () => {
  it('is judged step by step as it would be over the whole trace', () => {
    const verdicts = new Map<string, number>();
    fc.assert(
      fc.property(commands, (all) => {
        const { states, sealed } = play(all);
        const events = streamOf(sealed, RUN);
        for (const state of states as readonly StartedRun[]) {
          const open = openSubgoals(state);
          const trace = traceOf(events.slice(0, state.version), 0);
          const { verdict } = judge(state.predicate, { proof: state.proof, openSubgoals: open });
          expect(verdict).toBe(verdictOf(state.predicate, { trace, isDone: open?.length === 0 }));
          verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        }
      }),
      RUNS,
    );
    expect([...verdicts.keys()].sort()).toEqual(['asks-person', 'proven', 'unproven']);
  });

  it('is judged so when steps overlap that make each other stale', () => {
    fc.assert(
      fc.property(overlapping, (all) => {
        const { states, sealed } = play(all);
        const events = streamOf(sealed, RUN);
        for (const state of states as readonly StartedRun[]) {
          const known = { trace: traceOf(events.slice(0, state.version), 0), isDone: false };
          const { verdict } = judge(state.predicate, { proof: state.proof, openSubgoals: undefined });
          expect(verdict).toBe(verdictOf(state.predicate, known));
        }
      }),
      RUNS,
    );
  });

  it('of a subgoal is judged by what happened since that was taken up, and by nothing before', () => {
    let seen = 0;
    fc.assert(
      fc.property(commands, (all) => {
        const { states, sealed } = play(all);
        const events = streamOf(sealed, RUN);
        for (const state of states as readonly StartedRun[]) {
          const subgoal = currentSubgoal(state);
          if (!subgoal) continue;
          const trace = traceOf(events.slice(0, state.version), state.subgoalSince ?? 0);
          const { verdict } = judge(subgoal.predicate, { proof: state.subgoalProof ?? [], openSubgoals: undefined });
          expect(verdict).toBe(verdictOf(subgoal.predicate, { trace, isDone: false }));
          seen++;
        }
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(1_000);
  });
});
