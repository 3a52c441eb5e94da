import { randomUUID } from 'node:crypto';
import { RunId, type Json, type JsonObject, type ModelDialect } from '@causeway/contracts';
import type { Caller } from '../http/call.ts';
import { stepIdOfKey } from '../http/ids.ts';
import { RefusedError } from '../http/refused.ts';

/** The body of a model request, as its route has checked it. */
export type ModelBody = {
  readonly model: string;
  readonly stream: boolean;
  readonly max_tokens?: number | undefined;
  readonly max_completion_tokens?: number | undefined;
  readonly stream_options?: unknown;
  readonly causeway?: { readonly runId?: string | undefined; readonly stepId?: string | undefined } | undefined;
  readonly [member: string]: unknown;
};
export type ModelStep = { readonly runId: string; readonly stepId: string; readonly input: JsonObject };
type Asked = Pick<Caller, 'run' | 'idempotencyKey'> & {
  readonly body: ModelBody;
  readonly params: { readonly runId?: string };
};

/** The step that a model request is. RefusedError REQUEST_INVALID when it names no run, or two. */
export function modelStep(dialect: ModelDialect, { body, params, run, idempotencyKey }: Asked): ModelStep {
  const { model, stream, max_tokens, max_completion_tokens, stream_options: _, causeway, ...request } = body;
  const runId = namedRun([params.runId, causeway?.runId, run]);
  const fresh = idempotencyKey ? stepIdOfKey(runId, idempotencyKey) : `m-${randomUUID()}`;
  const maxTokens = max_completion_tokens ?? max_tokens;
  const limit = maxTokens === undefined ? {} : { maxTokens };
  const asked = { dialect, model, stream, ...limit, request: withoutUndefined(request) };
  return { runId, stepId: causeway?.stepId ?? fresh, input: asked as unknown as JsonObject };
}

/** The run that path, body and header name; those that name one name the same. */
function namedRun(names: readonly (string | undefined)[]): string {
  const named = new Set(names.filter((name) => name !== undefined));
  const [one] = named;
  const runId = RunId.safeParse(one);
  if (named.size > 1) throw notOneRun('the path, the body and the header causeway-run name different runs; name one');
  if (!runId.success) throw notOneRun(NO_RUN);
  return runId.data;
}

const notOneRun = (detail: string): RefusedError =>
  new RefusedError('REQUEST_INVALID', detail, {
    errors: [{ path: 'causeway-run', message: 'must be the id of a run' }],
  });

const NO_RUN =
  'a model call is a step of a run; name the run in the address (/v1/runs/<run>/model/…), in the header causeway-run, or as causeway.runId in the body';

const withoutUndefined = (request: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(request).filter((entry): entry is [string, Json] => entry[1] !== undefined));
