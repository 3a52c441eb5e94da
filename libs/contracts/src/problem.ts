import { z } from 'zod';
import { ERROR_CODES } from './errors.ts';
import { JsonObject } from './json.ts';
import { Rejection } from './rejection.ts';

/** RFC 9457 problem document; extension members carry the reason code, the deciding rule and what would be allowed. */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  instance: z.string().optional(),
  retryable: z.boolean(),
  /** On routes of models: the same in the provider's words, so that its clients can show it. */
  error: JsonObject.optional(),
  ...Rejection.pick({ code: true, errors: true, rule: true, policy: true, allowed: true, facts: true }).shape,
});
export type Problem = z.infer<typeof Problem>;

/** The problem document for a rejection; `instance` is the path of the request that was refused. */
export function problemOf(rejection: Rejection, instance?: string): Problem {
  const { code, detail, ...extensions } = rejection;
  const { httpStatus, title, retryable } = ERROR_CODES[code];
  return {
    type: `urn:causeway:error:${code}`,
    title,
    status: httpStatus,
    detail,
    ...(instance ? { instance } : {}),
    code,
    retryable,
    ...extensions,
  };
}
