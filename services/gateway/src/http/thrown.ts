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
  const why = error instanceof Error ? error.message : '';
  if (status === 404) return notFound(method, path);
  if (status === 413) return { code: 'REQUEST_TOO_LARGE', detail: `${why}; send at most 512 KiB` };
  if (status === 415) return { code: 'MEDIA_TYPE_UNSUPPORTED', detail: UNSUPPORTED };
  if (status === 503) return { code: 'SERVICE_UNAVAILABLE', detail: 'the gateway is stopping; send the request again' };
  if (status >= 400 && status < 500) return { code: 'REQUEST_INVALID', detail: `the request cannot be read: ${why}` };
  return undefined;
}

const UNSUPPORTED = 'the body is not declared as JSON; send it with content-type: application/json';

/** A connection that breaks HTTP itself has a code of Node's own parser (`HPE_…`, `ERR_HTTP_…`) and no status. */
function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  if ('status' in error && typeof error.status === 'number') return error.status;
  const code = 'code' in error ? String(error.code) : '';
  return /^(HPE_|ERR_HTTP_|ECONNRESET)/.test(code) ? 400 : 0;
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
