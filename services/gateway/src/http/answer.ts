import { problemOf, type Rejection, type ReplyEnvelope } from '@causeway/contracts';
import type { HttpAnswer } from '@causeway/service-kit/http';

/** What an operation answers: a body, or a refusal that becomes a problem document. */
export type Answer =
  | {
      readonly status: number;
      readonly body: unknown;
      /** Ledger position that the answer holds, when known. */
      readonly position?: number;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly rejection: Rejection };

export const okay = (body: unknown, position?: number): Answer => ({ status: 200, body, ...at(position) });
export const created = (body: unknown, position?: number): Answer => ({ status: 201, body, ...at(position) });
const at = (position?: number): { position?: number } => (position === undefined ? {} : { position });

/** The answer for what an owner replied: `accept` makes it of the value, a rejection passes through. */
export const answerOf = <Value>(reply: ReplyEnvelope<Value>, accept: (value: Value) => Answer): Answer =>
  reply.ok ? accept(reply.value) : { rejection: reply.rejection };

const RETRY_AFTER_SECONDS = '1';
const NO_HEADERS = {};

/** Status, headers and body of an answer; `path` is that of the request and stands in the problem document. */
export function toHttp(answer: Answer, path: string): HttpAnswer {
  if ('rejection' in answer) return problemAnswer(answer.rejection, path);
  const { status, body, position, headers = NO_HEADERS } = answer;
  return {
    status,
    body,
    headers: position === undefined ? headers : { ...headers, 'causeway-position': String(position) },
  };
}

/** A rejection as a problem document (RFC 9457). */
export function problemAnswer(rejection: Rejection, path: string): HttpAnswer {
  const problem = problemOf(rejection, path === '' ? undefined : path);
  return { status: problem.status, body: problem, headers: problemHeaders(rejection, problem.status) };
}

function problemHeaders({ code, facts }: Rejection, status: number): Record<string, string> {
  const position = facts?.['position'];
  return {
    'content-type': 'application/problem+json',
    ...(code === 'CREDENTIAL_MISSING' ? { 'www-authenticate': 'Bearer realm="causeway"' } : {}),
    ...(code === 'CREDENTIAL_INVALID' ? { 'www-authenticate': 'Bearer realm="causeway", error="invalid_token"' } : {}),
    ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
    ...(typeof position === 'number' ? { 'causeway-position': String(position) } : {}),
  };
}
