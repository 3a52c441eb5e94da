import { ERROR_CODES, type ErrorCode, type Rejection, type ReplyEnvelope } from '@causeway/contracts';

/** Accepts with this value. */
export const ok = <Value>(value: Value): ReplyEnvelope<Value> => ({ ok: true, value });

/** Refuses with this code; `detail` says what happened, why, and what to do next. */
export const rejected = (
  code: ErrorCode,
  detail: string,
  more: Omit<Rejection, 'code' | 'detail'> = {},
): { readonly ok: false; readonly rejection: Rejection } => ({
  ok: false,
  rejection: { code, detail, ...more },
});

/** Thrown by adapters when a dependency fails; `code` says whether trying again helps. Answered to the caller as that rejection. */
export class DependencyError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The rejection for something thrown, or undefined for a bug. Recognised by its code, never by its class or text: one of ours; or one by which
 * the system or Postgres says that a server cannot be reached now (SQLSTATE classes 08 and 57P, and 53300).
 */
export function rejectionOf(error: unknown): Rejection | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (Object.hasOwn(ERROR_CODES, error.code)) return { code: error.code as ErrorCode, detail: error.message };
  if (!LOST_SERVER.test(error.code)) return undefined;
  return {
    code: 'SERVICE_UNAVAILABLE',
    detail: `a server that is needed cannot be reached (${error.code}); the same request can be sent again`,
  };
}

const LOST_SERVER = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|08\w{3}|57P0[1-4]|53300)$/;
