import type { JsonObject, ModelDialect, Problem, Rejection } from '@causeway/contracts';
import type { HttpAnswer } from '@causeway/service-kit/http';

type Told = Pick<Rejection, 'code' | 'detail' | 'rule' | 'allowed' | 'facts'>;

const MODEL_PATH = /^\/v1\/(?:runs\/[^/]+\/)?model\/(openai|anthropic)\//;
/** Codes of refusals before which nothing was sent to a provider: the same request is a new step, and does not do anything twice. */
const NOTHING_SENT: readonly string[] = ['CAPABILITY_UNAVAILABLE', 'POLICY_VERSION_MISMATCH'];

/** Names that both providers give to kinds of errors, by HTTP status; for any other: see {@link kindOf}. */
const KINDS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};
const FAULTS: Readonly<Record<ModelDialect, string>> = { openai: 'server_error', anthropic: 'api_error' };

const kindOf = (dialect: ModelDialect, status: number): string =>
  KINDS[status] ?? (status >= 500 ? FAULTS[dialect] : 'invalid_request_error');

/**
 * A refusal in the words of a provider, so that its clients show ours: the member `error` of OpenAI's answers, and of Anthropic's.
 * @param status that the refusal has, or would have had, over HTTP
 */
export function providerError(
  dialect: ModelDialect,
  { code, detail, rule, allowed }: Told,
  status: number,
): JsonObject {
  const why = { ...(rule === undefined ? {} : { rule }), ...(allowed === undefined ? {} : { allowed: [...allowed] }) };
  const type = kindOf(dialect, status);
  return dialect === 'openai'
    ? { message: detail, type, param: null, code, ...why }
    : { type, message: detail, details: { error_code: code, ...why } };
}

/**
 * An answer as clients of a provider expect it: on routes of models a problem document tells the same as an `error` of the provider, and says
 * whether to send it again. Clients do that by themselves for statuses like 409 and 503: with a new step each time, a call would be made twice.
 * @param path of the request
 */
export function toldToClients(answer: HttpAnswer, path: string): HttpAnswer {
  const dialect = MODEL_PATH.exec(path)?.[1] as ModelDialect | undefined;
  if (dialect === undefined || answer.headers['content-type'] !== 'application/problem+json') return answer;
  const problem = answer.body as Problem;
  return {
    ...answer,
    headers: { ...answer.headers, 'x-should-retry': String(mayRetry(problem)) },
    body: { ...problem, error: providerError(dialect, problem, problem.status) },
  };
}

const mayRetry = ({ code, facts }: Pick<Problem, 'code' | 'facts'>): boolean =>
  NOTHING_SENT.includes(code) || (code === 'SERVICE_UNAVAILABLE' && facts?.['reachedNobody'] === true);
