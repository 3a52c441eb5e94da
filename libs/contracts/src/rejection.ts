import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from './errors.ts';
import { JsonObject } from './json.ts';
import { PolicyRef } from './policy-ref.ts';

export const ErrorCodeName = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);

/** One field of a request that does not fit; `path` is dotted, `` for the whole body. */
export const FieldError = z.strictObject({ path: z.string(), message: z.string() });
export type FieldError = z.infer<typeof FieldError>;

/** A refusal as it travels on the bus and, through the gateway, becomes a problem document. */
export const Rejection = z.strictObject({
  code: ErrorCodeName,
  /** What happened, why, and what to do next, in words for the caller. */
  detail: z.string(),
  errors: z.array(FieldError).optional(),
  rule: z.string().optional(),
  policy: PolicyRef.optional(),
  /** What would be allowed, one sentence each. */
  allowed: z.array(z.string()).optional(),
  facts: JsonObject.optional(),
});
export type Rejection = z.infer<typeof Rejection>;

/** Turns zod issues into field errors with dotted paths; a field that should not be there is named by its own path. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: dotted([...issue.path, key]), message: 'is not a field of this request' }))
      : [{ path: dotted(issue.path), message: issue.message }],
  );
}

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');
