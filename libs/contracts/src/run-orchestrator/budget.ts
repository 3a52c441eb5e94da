import { z } from 'zod';

/**
 * What is measured. Tokens and cost are those of model calls, cost in millionths of a US dollar; bytes are those of the outside world;
 * retries are those of one step; stored bytes are those kept in resource-store.
 */
export const METERS = [
  'steps',
  'wallClockMs',
  'inputTokens',
  'outputTokens',
  'costMicros',
  'bytesOut',
  'bytesIn',
  'retriesPerStep',
  'storedBytes',
] as const;
export const Meter = z.enum(METERS);
export type Meter = z.infer<typeof Meter>;

/** The meters that steps are charged on: reserved when a step starts, settled when it ends. The others count time and attempts. */
export const CHARGED_METERS = [
  'steps',
  'inputTokens',
  'outputTokens',
  'costMicros',
  'bytesOut',
  'bytesIn',
  'storedBytes',
] as const satisfies readonly Meter[];
export const ChargedMeter = z.enum(CHARGED_METERS);
export type ChargedMeter = z.infer<typeof ChargedMeter>;

/** What happens at a meter's limit: nothing more is started, a person is asked for more, or work goes on and the ledger says so. */
export const ON_LIMIT = ['stop', 'ask', 'warn'] as const;
export const OnLimit = z.enum(ON_LIMIT);
export type OnLimit = z.infer<typeof OnLimit>;

const amount = z.int().min(0);
/** How much of each charged meter; left out: nothing. */
export const Amounts = z.strictObject({
  steps: amount.optional(),
  inputTokens: amount.optional(),
  outputTokens: amount.optional(),
  costMicros: amount.optional(),
  bytesOut: amount.optional(),
  bytesIn: amount.optional(),
  storedBytes: amount.optional(),
});
export type Amounts = z.infer<typeof Amounts>;

/**
 * Limits of a run, fixed when it starts. Steps are counted, wall clock is milliseconds in which the run was active (pauses do not count).
 * A meter that is left out has no limit: runs of earlier versions have the first two only.
 */
export const BudgetLimits = z.strictObject({
  steps: z.int().min(1).max(1_000_000),
  wallClockMs: z
    .int()
    .min(1_000)
    .max(30 * 24 * 3_600_000),
  inputTokens: amount.optional(),
  outputTokens: amount.optional(),
  costMicros: amount.optional(),
  bytesOut: amount.optional(),
  bytesIn: amount.optional(),
  retriesPerStep: amount.max(100).optional(),
  storedBytes: amount.optional(),
});
export type BudgetLimits = z.infer<typeof BudgetLimits>;

const MeterStatus = z.strictObject({ limit: z.int(), used: z.int(), reserved: z.int() });
/**
 * Where a budget stands, meter by meter: `limit` with its extensions, `reserved` promised to steps in flight, `used` settled. Of
 * `retriesPerStep` the step counts that was repeated most. Meters without a limit are left out.
 */
export const BudgetStatus = z.strictObject({
  steps: MeterStatus,
  wallClockMs: z.strictObject({ limit: z.int(), used: z.int() }),
  inputTokens: MeterStatus.optional(),
  outputTokens: MeterStatus.optional(),
  costMicros: MeterStatus.optional(),
  bytesOut: MeterStatus.optional(),
  bytesIn: MeterStatus.optional(),
  retriesPerStep: z.strictObject({ limit: z.int(), used: z.int() }).optional(),
  storedBytes: MeterStatus.optional(),
});
export type BudgetStatus = z.infer<typeof BudgetStatus>;

/** What a finished step used up. Bytes are those of the outside world, requests and responses with their headers. */
export const Usage = z.strictObject({
  bytesIn: amount,
  bytesOut: amount,
  durationMs: amount,
  inputTokens: amount.optional(),
  outputTokens: amount.optional(),
  costMicros: amount.optional(),
  storedBytes: amount.optional(),
});
export type Usage = z.infer<typeof Usage>;
