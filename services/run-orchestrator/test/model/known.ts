import type { ScheduleDefinition } from '@causeway/contracts';
import { FETCH, LIMITS, NOTE, STEPS, type JudgedBy, type StepName } from './scene.ts';

/** A step as the model knows it. Positions are those of its request, its first start, its end and its newest event. */
export type ModelStep = {
  readonly content: string;
  readonly state: 'requested' | 'started' | 'held' | 'succeeded' | 'failed' | 'denied' | 'unknown';
  readonly attempt: number;
  readonly isReserved: boolean;
  readonly isKilled?: true;
  readonly approvalId?: string;
  readonly grantId?: string;
  readonly subgoalId?: string;
  readonly code?: string;
  /** What a person found out about it. */
  readonly finding?: string;
  readonly requestedAt: number;
  readonly beganAt?: number;
  readonly endedAt?: number;
  readonly position: number;
};
export type ModelSubgoal = {
  readonly subgoalId: string;
  readonly goal: string;
  readonly state: 'queued' | 'active' | 'done';
  readonly limit?: number | undefined;
  readonly used: number;
};
export type ModelSignal = { readonly signalId: string; readonly name: string };
/** What a run, or a pool, has of a pool. */
export type ModelShare = { readonly steps: number; readonly draws: number };
export type ModelRun = {
  readonly runId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly judgedBy: JudgedBy;
  readonly schedule?: { readonly scheduleId: string; readonly occurrence: string } | undefined;
  readonly state: 'scheduled' | 'active' | 'paused' | 'done' | 'failed' | 'cancelled';
  readonly startsAt?: string | undefined;
  readonly cause?: string;
  readonly deadlineAt?: string;
  /** What else ends the pause: a signal, a time, an approval of more time. */
  readonly waitsFor?: string | undefined;
  readonly resumeAt?: string | undefined;
  readonly waitsForTime?: string | undefined;
  readonly asksFor: readonly string[];
  readonly limit: number;
  /** What was added to limits, and by which extensions. */
  readonly extended: { readonly [meter: string]: number };
  readonly extensions: readonly string[];
  readonly used: number;
  readonly usedMs: number;
  readonly since: string;
  readonly startedAt: string;
  readonly heardAt: string;
  readonly isClaimed: boolean;
  /** What was asked under an id of its own, and what else tells it apart. */
  readonly done: { readonly [id: string]: string };
  readonly signals: readonly ModelSignal[];
  /** The newest of each name, with the position of its event. */
  readonly notes: { readonly [key: string]: { readonly value: string; readonly position: number } };
  readonly checkpointId?: string;
  readonly segment?: { readonly limit: number; readonly used: number } | undefined;
  readonly subgoals?: readonly ModelSubgoal[] | undefined;
  /** Where the current one was taken up. */
  readonly subgoalSince?: number;
  readonly isPooled: boolean;
  readonly shares: { readonly [poolId: string]: ModelShare };
  readonly steps: { readonly [stepId: string]: ModelStep };
};
export type ModelApproval = {
  readonly state: 'pending' | 'granted' | 'denied' | 'returned' | 'expired' | 'consumed' | 'withdrawn';
  readonly runId: string;
  readonly agentId: string;
  readonly stepId: string;
  readonly digest: string;
  readonly capabilityDigest: string;
  readonly statement: string | undefined;
  readonly risk: string | undefined;
  readonly expiresAt: string;
  readonly extension?: { readonly meter: string; readonly delta: number } | undefined;
  /** How many have to agree, who may decide when it is not everybody, and who agreed so far, in which words. */
  readonly quorum: number;
  readonly approvers: readonly string[] | undefined;
  readonly agreed: readonly { readonly by: string; readonly reason: string }[];
  /** The word that decided: it stays, whatever becomes of the approval. */
  readonly decision?: { readonly by: string; readonly as: ModelApproval['state'] };
  readonly grantId?: string | undefined;
};
export type ModelGrant = {
  readonly state: 'live' | 'used-up' | 'revoked' | 'expired';
  readonly agentId: string;
  readonly capabilityDigest: string;
  readonly method: string;
  readonly uses: number;
  readonly used: number;
  readonly until: string;
};
export type ModelKill = {
  readonly state: 'pulled' | 'completed' | 'lifted';
  readonly scope: string;
  readonly named: string;
  /** Runs and sessions that it named when it was pulled. */
  readonly runs: readonly string[];
  readonly sessions: readonly string[];
};
export type ModelPool = {
  readonly level: string;
  readonly owner: string;
  readonly team?: string | undefined;
  readonly limit: number;
  readonly extended: number;
  readonly extensions: readonly string[];
  readonly given: number;
  readonly holders: { readonly [holder: string]: ModelShare };
  readonly shares: { readonly [poolId: string]: ModelShare };
};
export type ModelSchedule = {
  readonly phase: 'active' | 'paused' | 'cancelled';
  readonly sessionId: string;
  readonly definition: ScheduleDefinition;
  readonly nextAt?: string | undefined;
  readonly queued?: string | undefined;
  readonly open: readonly { readonly occurrence: string; readonly runId: string }[];
  readonly excluded: readonly string[];
  readonly fired: readonly string[];
  readonly failures: number;
  readonly lastFailedAt?: string | undefined;
};
export type ModelCapability = {
  readonly isRemoved: boolean;
  readonly owner: string;
  readonly version: string;
  readonly digest: string;
  /** Of every form that it ever had. */
  readonly digests: readonly string[];
};
export type ModelSession = {
  readonly isOpen: boolean;
  readonly agentId: string;
  readonly teamId?: string | undefined;
  readonly tokenSha256: string;
  readonly runId?: string | undefined;
};

type By<Value> = { readonly [id: string]: Value };
export type Known = {
  readonly runs: By<ModelRun>;
  readonly approvals: By<ModelApproval>;
  readonly sessions: By<ModelSession>;
  readonly grants: By<ModelGrant>;
  readonly kills: By<ModelKill>;
  readonly pools: By<ModelPool>;
  readonly schedules: By<ModelSchedule>;
  readonly capabilities: By<ModelCapability>;
};
export const NOTHING_KNOWN: Known = {
  ...{ runs: {}, approvals: {}, sessions: {}, grants: {}, kills: {}, pools: {}, schedules: {}, capabilities: {} },
};

/** How many steps are promised. */
export const reservedOf = ({ steps }: ModelRun): number =>
  Object.values(steps).filter(({ isReserved }) => isReserved).length;
export const limitOf = ({ limit, extended }: ModelRun): number => limit + (extended['steps'] ?? 0);
export const hasEnded = ({ state }: ModelRun): boolean => ['done', 'failed', 'cancelled'].includes(state);
/** Whether it takes nothing: it has ended, or not begun. */
export const isOver = ({ state }: ModelRun): boolean => state !== 'active' && state !== 'paused';
export const kindOf = (stepId: string) => STEPS[stepId as StepName];
export const currentOf = ({ subgoals }: ModelRun): ModelSubgoal | undefined =>
  subgoals?.find(({ state }) => state === 'active');
export const isStepOpen = ({ state }: ModelStep): boolean => ['requested', 'started', 'held'].includes(state);

export const elapsed = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
/** How long it was active until then, in ms. */
export const activeMs = ({ state, usedMs, since }: ModelRun, at: string): number =>
  usedMs + (state === 'active' ? elapsed(since, at) : 0);
export const isOutOfTime = (run: ModelRun, at: string): boolean =>
  activeMs(run, at) >= LIMITS.wallClockMs + (run.extended['wallClockMs'] ?? 0);

/** What may become of a step that is asked for now. */
export function becomes(run: ModelRun, stepId: string, at: string): readonly string[] {
  const { verdict } = kindOf(stepId);
  if (verdict === 'deny') return ['POLICY_DENIED'];
  const short = shortMeter(run, at);
  const isForMore = short !== undefined && verdict === 'allow' && run.asksFor.includes(short);
  if (short !== undefined && !isForMore) return [REFUSED_FOR[short]];
  if (isForMore && !isSubgoalSpent(run)) return ['held'];
  const within = isSubgoalSpent(run) ? ['BUDGET_STEPS_EXHAUSTED'] : WITH_ROOM[verdict];
  return run.isPooled ? [...within, 'BUDGET_EXHAUSTED'] : within;
}

function isSubgoalSpent(run: ModelRun): boolean {
  const current = currentOf(run);
  return current?.limit !== undefined && current.used >= current.limit;
}
const WITH_ROOM = { allow: ['started'], ask: ['held', 'granted'] } as const;
const REFUSED_FOR = { steps: 'BUDGET_STEPS_EXHAUSTED', wallClockMs: 'BUDGET_WALL_CLOCK_EXHAUSTED' } as const;
function shortMeter(run: ModelRun, at: string): 'steps' | 'wallClockMs' | undefined {
  if (run.used + reservedOf(run) >= limitOf(run)) return 'steps';
  return isOutOfTime(run, at) ? 'wallClockMs' : undefined;
}

/** What a person is asked for: a quarter of what the run started with, at least one. */
export const moreOf = (run: ModelRun, meter: string): number =>
  Math.max(1, Math.ceil((meter === 'steps' ? run.limit : LIMITS.wallClockMs) / 4));

/** Whether a read began after everything that was written had ended, and nothing is being written. */
export function hasFreshRead({ steps }: ModelRun): boolean {
  const fetches = Object.entries(steps).filter(([stepId]) => kindOf(stepId).capability === FETCH);
  const writes = fetches.filter(([stepId]) => kindOf(stepId).writes).map(([, step]) => step);
  if (writes.some(({ state }) => state === 'started')) return false;
  const changes = writes.filter(
    ({ state, beganAt }) => beganAt !== undefined && ['succeeded', 'unknown'].includes(state),
  );
  const freshFrom = Math.max(-1, ...changes.map(({ endedAt = -1 }) => endedAt));
  return fetches.some(
    ([stepId, { state, beganAt = -1 }]) => !kindOf(stepId).writes && state === 'succeeded' && beganAt > freshFrom,
  );
}

/** Whether the ledger shows what its predicate asks for. */
export function isShown(run: ModelRun): boolean {
  if (run.judgedBy === 'manual') return false;
  if (run.judgedBy === 'fresh-read') return hasFreshRead(run);
  if (run.judgedBy === 'read-and-noted') return hasFreshRead(run) && run.notes[NOTE.key]?.value === NOTE.value;
  return run.subgoals !== undefined && run.subgoals.every(({ state }) => state === 'done');
}
/** Whether this was noted already, and since the current subgoal was taken up: then it is not noted again. */
export const isNoted = ({ state, notes, subgoalSince = -1 }: ModelRun, key: string, value: string): boolean =>
  notes[key]?.value === value && (state !== 'active' || notes[key].position > subgoalSince);
/** Whether the current subgoal is reached: something was read for it, and nothing is under way. */
export const isSubgoalShown = ({ steps }: ModelRun, subgoalId: string): boolean =>
  Object.values(steps).every((step) => !isStepOpen(step)) &&
  Object.entries(steps).some(
    ([stepId, step]) =>
      step.subgoalId === subgoalId &&
      step.state === 'succeeded' &&
      kindOf(stepId).capability === FETCH &&
      !kindOf(stepId).writes,
  );
/** The agent claimed, and a person has to confirm. */
export const waitsForPerson = (run: ModelRun): boolean =>
  run.state === 'paused' && run.cause === 'operator' && run.isClaimed && run.judgedBy === 'manual';
export const waitsForApproval = ({ state, cause }: ModelRun): boolean =>
  state === 'paused' && (cause === 'approval' || cause === 'budget');

const mayRunOut = (run: ModelRun, at: string): boolean =>
  run.asksFor.includes('wallClockMs')
    ? run.state === 'paused' && run.waitsForTime !== undefined
    : run.state === 'active' && isOutOfTime(run, at);

/** Whether the clock may fail it for this reason, now. */
export function mayFail(run: ModelRun, { code, at }: { code: string; at: string }): boolean {
  switch (code) {
    case 'BUDGET_WALL_CLOCK_EXHAUSTED':
      return mayRunOut(run, at);
    case 'RUN_AGENT_SILENT':
      return run.state === 'active' && reservedOf(run) === 0 && elapsed(run.heardAt, at) >= LIMITS.agentLeaseMs;
    case 'RUN_LIFE_ENDED':
      return !isOver(run) && elapsed(run.startedAt, at) >= LIMITS.maxLifeMs;
    case 'RUN_PAUSE_EXPIRED':
      return run.state === 'paused' && !waitsForApproval(run) && at >= (run.deadlineAt ?? '');
    default:
      return false;
  }
}

const MAX_ATTEMPTS = 3;
/** Whether an attempt may follow another: never of a step that writes or was stopped, never for a run that is over. */
export function mayRepeat(run: ModelRun, stepId: string, attempt: number): boolean {
  const step = run.steps[stepId];
  const isNext = step?.state === 'started' && step.attempt + 1 === attempt;
  return isNext && !step.isKilled && !kindOf(stepId).writes && attempt <= MAX_ATTEMPTS && !isOver(run);
}

/** Whether a kill refuses an agent what is new. */
export const reaches = ({ scope, named, state }: ModelKill, agentId: string): boolean =>
  state !== 'lifted' && (scope === 'everything' || (scope === 'agent' && named === agentId));
