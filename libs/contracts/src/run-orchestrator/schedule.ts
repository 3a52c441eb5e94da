import { z } from 'zod';
import { PrincipalId, RunId, ScheduleId, SessionId } from '../ids.ts';
import { BudgetLimits } from './budget.ts';
import { Predicate } from './predicates.ts';

const YEAR_MS = 366 * 24 * 3_600_000;
const Instant = z.iso.datetime();

/** Five fields (minute, hour, day of month, month, day of week) in an IANA time zone. */
const Cron = z.strictObject({
  kind: z.literal('cron'),
  expression: z.string().min(9).max(200),
  timeZone: z.string().min(1).max(64).default('UTC'),
});
const everyMs = z.int().min(1_000).max(YEAR_MS);

/** When the runs of a schedule are due, as it is asked for. `every` counts from its anchor; without one, from the moment of creation. */
export const AskedScheduleSpec = z.discriminatedUnion('kind', [
  Cron,
  z.strictObject({ kind: z.literal('every'), everyMs, anchorAt: Instant.optional() }),
  z.strictObject({ kind: z.literal('at'), at: Instant }),
  z.strictObject({ kind: z.literal('delay'), delayMs: z.int().min(1).max(YEAR_MS) }),
]);
export type AskedScheduleSpec = z.infer<typeof AskedScheduleSpec>;

/** The same as it is recorded: nothing in it depends on when it is read. `delayMs` and `sinceCreation` tell what was asked for instead. */
export const ScheduleSpec = z.discriminatedUnion('kind', [
  Cron,
  z.strictObject({ kind: z.literal('every'), everyMs, anchorAt: Instant, sinceCreation: z.literal(true).optional() }),
  z.strictObject({ kind: z.literal('at'), at: Instant, delayMs: z.int().optional() }),
]);
export type ScheduleSpec = z.infer<typeof ScheduleSpec>;

/** What each occurrence starts. What is left out of the budget comes from the policy pack's defaults at that time. */
export const RunTemplate = z.strictObject({
  goal: z.string().min(1).max(4000),
  budget: BudgetLimits.partial().default({}),
  predicate: Predicate,
});
export type RunTemplate = z.infer<typeof RunTemplate>;

/** When the run of an earlier occurrence is not over: leave the new one out, let one wait, or start it all the same. */
export const OVERLAPS = ['skip', 'queue', 'allow'] as const;
/** Occurrences that nobody could start in time: leave them out, start the last one only, or start all (the newest 100). */
export const MISFIRES = ['skip', 'once', 'all'] as const;
/** After a failed run: go on; pause the schedule; or leave occurrences out for a time that doubles with every failure in a row. */
export const ON_FAILURE = ['continue', 'pause', 'backoff'] as const;

const rules = {
  overlap: z.enum(OVERLAPS),
  misfire: z.enum(MISFIRES),
  /** How late an occurrence may be and still count as in time, in ms. */
  graceMs: z.int().min(1_000).max(3_600_000),
  onFailure: z.enum(ON_FAILURE),
};
const ends = {
  /** How many runs it starts at most. */
  maxOccurrences: z.int().min(1).max(1_000_000).optional(),
  /** No occurrence is due after this. */
  until: Instant.optional(),
};

export const ScheduleDefinition = z.strictObject({ spec: ScheduleSpec, template: RunTemplate, ...rules, ...ends });
export type ScheduleDefinition = z.infer<typeof ScheduleDefinition>;

/** A definition as it is asked for. */
export const askedDefinition = {
  spec: AskedScheduleSpec,
  template: RunTemplate,
  overlap: rules.overlap.default('skip'),
  misfire: rules.misfire.default('once'),
  graceMs: rules.graceMs.default(60_000),
  onFailure: rules.onFailure.default('continue'),
  ...ends,
};
/** What can be changed afterwards; what is left out stays. */
export const askedChange = {
  spec: AskedScheduleSpec.optional(),
  template: RunTemplate.optional(),
  overlap: rules.overlap.optional(),
  misfire: rules.misfire.optional(),
  graceMs: rules.graceMs.optional(),
  onFailure: rules.onFailure.optional(),
  ...ends,
};

/** `ended`: no occurrence is left. */
export const SCHEDULE_STATES = ['active', 'paused', 'cancelled', 'ended'] as const;
export const ScheduleState = z.enum(SCHEDULE_STATES);
export type ScheduleState = z.infer<typeof ScheduleState>;

/** Why an occurrence started no run: `refused` names the code of the refusal. */
export const SKIP_REASONS = ['excluded', 'misfire', 'overlap', 'backoff', 'refused'] as const;
export const SkipReason = z.enum(SKIP_REASONS);
export type SkipReason = z.infer<typeof SkipReason>;

export const RunEnd = z.enum(['done', 'failed', 'cancelled']);
export type RunEnd = z.infer<typeof RunEnd>;

/** An occurrence is named by the instant at which it is due. */
export const PastOccurrence = z.strictObject({
  occurrence: Instant,
  state: z.enum(['running', 'skipped', 'done', 'failed', 'cancelled']),
  runId: RunId.optional(),
  why: SkipReason.optional(),
  code: z.string().optional(),
});
export type PastOccurrence = z.infer<typeof PastOccurrence>;

export const ScheduleView = z.strictObject({
  scheduleId: ScheduleId,
  sessionId: SessionId,
  agentId: PrincipalId,
  state: ScheduleState,
  definition: ScheduleDefinition,
  /** The next instants at which it is due, at most five; none while it is not active. */
  upcoming: z.array(Instant),
  /** The occurrence that waits for a run before it to end. */
  queued: Instant.optional(),
  /** Occurrences to come that were taken out. */
  excluded: z.array(Instant),
  /** The newest occurrences, oldest first, at most twenty. */
  recent: z.array(PastOccurrence),
  /** How many runs it has started. */
  fired: z.int().min(0),
  /** How many of its runs failed in a row, up to now. */
  failures: z.int().min(0),
  /** Why it is paused or cancelled. */
  reason: z.string().optional(),
  createdBy: PrincipalId,
  createdAt: z.string(),
  position: z.int().min(0),
});
export type ScheduleView = z.infer<typeof ScheduleView>;
