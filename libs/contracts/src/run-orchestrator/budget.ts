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

/** Limits of a run, fixed when it starts. Steps are counted, wall clock is milliseconds in which the run was active (pauses do not count). */
export const BudgetLimits = z.strictObject({
  steps: z.int().min(1).max(1_000_000),
  wallClockMs: z
    .int()
    .min(1_000)
    .max(30 * 24 * 3_600_000),
});
export type BudgetLimits = z.infer<typeof BudgetLimits>;

/** Where a budget stands: `reserved` is promised to steps in flight, `used` is settled. */
export const BudgetStatus = z.strictObject({
  steps: z.strictObject({ limit: z.int(), used: z.int(), reserved: z.int() }),
  wallClockMs: z.strictObject({ limit: z.int(), used: z.int() }),
});
export type BudgetStatus = z.infer<typeof BudgetStatus>;

/** What a finished step used up. Bytes are those of the outside world, requests and responses with their headers. */
export const Usage = z.strictObject({ bytesIn: z.int().min(0), bytesOut: z.int().min(0), durationMs: z.int().min(0) });
export type Usage = z.infer<typeof Usage>;
