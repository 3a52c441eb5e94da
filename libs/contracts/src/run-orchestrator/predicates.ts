import { z } from 'zod';

/**
 * When a run's completion claim is accepted. `manual`: an operator says so; `never`: the run ends by cancellation or budget only;
 * `capability_succeeded`: the ledger shows at least `min` succeeded steps of that capability (with these input fields, if given).
 */
export const Predicate = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({ kind: z.literal('never') }),
  z.strictObject({
    kind: z.literal('capability_succeeded'),
    capability: z.string().min(1).max(128),
    min: z.int().min(1).max(10_000).default(1),
    /** Top-level input fields that must have exactly these values, for example {"method":"POST"}. */
    input: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  }),
]);
export type Predicate = z.infer<typeof Predicate>;
export const PREDICATE_KINDS = ['manual', 'never', 'capability_succeeded'] as const;
