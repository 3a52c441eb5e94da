import type { Rejection } from '@causeway/contracts';
import { rejectionOf } from '@causeway/messaging';
import type { EdgeRequest, HttpAnswer } from '@causeway/service-kit/http';
import { problemAnswer } from './answer.ts';
import { methodsAt } from './routing.ts';

type Asked = Pick<EdgeRequest, 'method' | 'url'>;

/** The path of a request, without its query: a query may hold what must not be repeated. */
export function pathOfUrl(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** The answer to whatever was thrown on the way in or by an operation; `onFault` hears of what is a fault of ours. */
export function answerThrown(error: unknown, request: Asked, onFault: (error: unknown) => void): HttpAnswer {
  const path = pathOfUrl(request.url);
  const rejection = refusalIn(error) ?? rejectionOf(error) ?? protocolRejection(error, request.method, path);
  if (!rejection) {
    onFault(error);
    return problemAnswer(FAULT, path);
  }
  const { headers, ...answer } = problemAnswer(rejection, path);
  const allow = rejection.code === 'METHOD_NOT_ALLOWED' ? { allow: methodsAt(path).join(', ') } : NO_HEADERS;
  return { ...answer, headers: { ...headers, ...allow } };
}

const NO_HEADERS: Readonly<Record<string, string>> = {};

const FAULT: Rejection = {
  code: 'INTERNAL',
  detail: 'the gateway failed on this request; its log says why, under the id in x-request-id',
};

function refusalIn(error: unknown): Rejection | undefined {
  return error instanceof Error && 'rejection' in error ? (error.rejection as Rejection) : undefined;
}

/** What the HTTP layers below refuse by status alone. */
function protocolRejection(error: unknown, method: string, path: string): Rejection | undefined {
  const status = statusOf(error);
  const why = String((error as { message?: unknown } | null)?.message ?? '');
  if (status === 404) return notFound(method, path);
  if (status === 413) return { code: 'REQUEST_TOO_LARGE', detail: `${why}; send at most 512 KiB` };
  if (status === 415) return { code: 'MEDIA_TYPE_UNSUPPORTED', detail: UNSUPPORTED };
  if (status >= 400 && status < 500) return { code: 'REQUEST_INVALID', detail: `the request cannot be read: ${why}` };
  return undefined;
}

const UNSUPPORTED = 'the body is not declared as JSON; send it with content-type: application/json';

/**
 * The status that an error of the layers below stands for. A connection that breaks HTTP itself has a code of Node's own parser
 * (`HPE_…`, `ERR_HTTP_…`) and no status. Errors are told by their fields: they come from elsewhere.
 */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  const { statusCode, status, code } = error as { statusCode?: unknown; status?: unknown; code?: unknown };
  const stated = [statusCode, status].find((value) => typeof value === 'number');
  if (stated !== undefined) return stated as number;
  return /^(HPE_|ERR_HTTP_|ECONNRESET)/.test(String(code)) ? 400 : 0;
}

function notFound(method: string, path: string): Rejection {
  const methods = methodsAt(path);
  if (methods.length === 0 || methods.includes(method)) {
    return { code: 'ROUTE_NOT_FOUND', detail: `there is nothing at ${path}; /openapi.json lists every address` };
  }
  const allowed = methods.map((other) => `${other} ${path}`);
  return {
    code: 'METHOD_NOT_ALLOWED',
    detail: `${path} does not take ${method}; it takes ${methods.join(', ')}`,
    allowed,
  };
}
