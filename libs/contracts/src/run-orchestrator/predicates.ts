import { z } from 'zod';
import { boundsProblem } from './predicate-bounds.ts';

/** A value that predicates compare: a text of at most 4096 characters, a whole number, true or false. */
export const Scalar = z.union([z.string().max(4096), z.int(), z.boolean()]);
export type Scalar = z.infer<typeof Scalar>;

/** Top-level input fields that must have exactly these values, for example {"method":"POST"}. Fields that are not named do not matter. */
export type InputFields = Readonly<Record<string, Scalar>>;
const InputFields: z.ZodType<InputFields> = z
  .record(z.string().min(1).max(64), Scalar)
  .refine((fields) => Object.keys(fields).length <= 8, 'names at most 8 fields');

/** Steps that make earlier evidence stale once they take effect: it counts only when its own step began after they had ended. */
export type Voiding = { readonly capability: string; readonly input?: InputFields | undefined };

/** A note's name: 1 to 128 of letters, digits, dot, dash and underscore. */
export const NoteKey = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be 1 to 128 of letters, digits, ., - and _');

/** What the ledger has to show of one capability: at least `min` steps, each with these input fields. */
type OfSteps = {
  readonly capability: string;
  readonly min: number;
  readonly input?: InputFields | undefined;
  readonly voidedBy?: readonly Voiding[] | undefined;
};

/**
 * When a completion claim is accepted. docs/predicates.md says of every kind what exactly it asks for. Groups carry their parts under their own
 * name, so that the path of a part reads like the predicate: `predicate.all_of.2.capability`.
 */
export type Predicate =
  | { readonly kind: 'manual' }
  | { readonly kind: 'never' }
  | { readonly kind: 'always' }
  | { readonly kind: 'subgoals_done' }
  | ({ readonly kind: 'capability_succeeded' } & OfSteps)
  | ({ readonly kind: 'capability_failed' } & OfSteps)
  | {
      readonly kind: 'metadata_matches';
      readonly capability: string;
      /** Where in the result, as a JSON pointer (RFC 6901): `/status`. */
      readonly path: string;
      readonly equals: Scalar;
      readonly input?: InputFields | undefined;
      readonly voidedBy?: readonly Voiding[] | undefined;
    }
  | { readonly kind: 'state_exists'; readonly key: string; readonly voidedBy?: readonly Voiding[] | undefined }
  | {
      readonly kind: 'memory_equals';
      readonly key: string;
      readonly value: Scalar;
      readonly voidedBy?: readonly Voiding[] | undefined;
    }
  | { readonly kind: 'all_of'; readonly all_of: readonly Predicate[] }
  | { readonly kind: 'any_of'; readonly any_of: readonly Predicate[] }
  | { readonly kind: 'not'; readonly not: Predicate };

export const PREDICATE_KINDS = [
  ...['manual', 'never', 'always', 'subgoals_done', 'capability_succeeded', 'capability_failed'],
  ...['metadata_matches', 'state_exists', 'memory_equals', 'all_of', 'any_of', 'not'],
] as readonly Predicate['kind'][];

const capability = z.string().min(1).max(128);
const input = InputFields.optional();
const voidedBy = z.array(z.strictObject({ capability, input })).min(1).max(8).optional();
const ofSteps = { capability, min: z.int().min(1).max(10_000).default(1), input, voidedBy };

/** The form of a predicate alone: what nests, and how deep, is checked before. */
export const PredicateNode: z.ZodType<Predicate> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('manual') }),
  z.strictObject({ kind: z.literal('never') }),
  z.strictObject({ kind: z.literal('always') }),
  z.strictObject({ kind: z.literal('subgoals_done') }),
  z.strictObject({ kind: z.literal('capability_succeeded'), ...ofSteps }),
  z.strictObject({ kind: z.literal('capability_failed'), ...ofSteps }),
  z.strictObject({
    kind: z.literal('metadata_matches'),
    capability,
    path: z
      .string()
      .max(256)
      .regex(/^(?:\/(?:[^/~]|~[01])*)+$/, 'must be a JSON pointer like /status'),
    equals: Scalar,
    input,
    voidedBy,
  }),
  z.strictObject({ kind: z.literal('state_exists'), key: NoteKey, voidedBy }),
  z.strictObject({ kind: z.literal('memory_equals'), key: NoteKey, value: Scalar, voidedBy }),
  z.strictObject({
    kind: z.literal('all_of'),
    get all_of(): z.ZodType<readonly Predicate[]> {
      return z.array(PredicateNode).min(1);
    },
  }),
  z.strictObject({
    kind: z.literal('any_of'),
    get any_of(): z.ZodType<readonly Predicate[]> {
      return z.array(PredicateNode).min(1);
    },
  }),
  z.strictObject({
    kind: z.literal('not'),
    get not(): z.ZodType<Predicate> {
      return PredicateNode;
    },
  }),
]);

const bounded = (elsewhere: readonly Predicate['kind'][]) =>
  z.preprocess((value, context) => {
    const problem = boundsProblem(value, elsewhere);
    if (problem) context.addIssue({ code: 'custom', path: [...problem.path], message: problem.message });
    return value;
  }, PredicateNode);

/** The completion predicate of a run. */
export const Predicate = bounded([]);
/** The predicate of a subgoal: a person confirms a run, not a part of it, and subgoals have none of their own. */
export const SubgoalPredicate = bounded(['manual', 'subgoals_done']);
