import { fieldErrors, tailOf, type ErrorCode, type FieldError, type RouteContract } from '@causeway/contracts';
import type { EdgeRequest } from '@causeway/service-kit/http';
import type { z } from 'zod';
import { presentedCredential } from '../identity/presented.ts';
import { ANYONE, type Principal } from '../identity/principal.ts';
import type { Call, Input } from './call.ts';
import { RefusedError } from './refused.ts';

/** What admission found out about a request: the route it is for, and who sends it. */
export type Admitted = { readonly route: RouteContract; readonly principal?: Principal };

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Fields that name something of ours: a wrong name is refused by what it should have named. */
const NAMING_FIELDS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(?:subgoals\.\d+\.)?predicate(?:\.(?:all_of|any_of)\.\d+|\.not)*\.kind$/, 'PREDICATE_UNKNOWN'],
  [/^state$/, 'STATE_UNKNOWN'],
];

/** The call that a request makes. RefusedError CREDENTIAL_IN_BODY, or REQUEST_INVALID, PREDICATE_UNKNOWN or STATE_UNKNOWN that names every field of path, query, body and headers that does not fit. */
export function readCall(request: EdgeRequest, { route, principal = ANYONE }: Admitted): Call {
  if (principal === ANYONE && route.roles !== 'anyone')
    throw new Error(`${route.operationId} was called without a principal`);
  refuseOwnCredential(request);
  const errors: FieldError[] = [];
  const input = readInput(route, request, errors);
  const idempotencyKey = readIdempotencyKey(route, request, errors);
  if (errors.length > 0) throw unfit(errors);
  const { traceparent } = request.headers;
  const lastEventId = request.headers['last-event-id'];
  const run = request.headers['causeway-run'];
  return {
    ...input,
    principal,
    requestId: request.id,
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(typeof lastEventId === 'string' ? { lastEventId } : {}),
    ...(typeof run === 'string' ? { run } : {}),
  };
}

/** What a step is asked for with is sealed and published: a caller's own secret must not come so far, whoever talked it into sending it. */
function refuseOwnCredential({ headers, body }: EdgeRequest): void {
  const credential = presentedCredential(headers)?.split(' ').at(-1) ?? '';
  if (body === undefined || credential === '' || !JSON.stringify(body).includes(credential)) return;
  const detail = 'the body holds the credential of this very request; nothing of it was taken; leave it out';
  throw new RefusedError('CREDENTIAL_IN_BODY', detail);
}

function readInput(route: RouteContract, request: EdgeRequest, errors: FieldError[]): Input {
  const read = (schema: z.ZodObject, value: unknown): Record<string, unknown> => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    errors.push(...fieldErrors(parsed.error));
    return {};
  };
  return {
    params: read(route.params, namedParams(route, request.params)),
    query: read(route.query, request.query),
    body: route.method === 'GET' ? {} : read(route.body, request.body === undefined ? {} : request.body),
  };
}

/** A router has no name for what stands for the rest of a path. */
function namedParams(route: RouteContract, params: unknown): unknown {
  const tail = tailOf(route);
  if (tail === undefined) return params;
  const { '*': rest, ...named } = params as Readonly<Record<string, unknown>>;
  return { ...named, [tail]: rest };
}

function readIdempotencyKey(route: RouteContract, request: EdgeRequest, errors: FieldError[]): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined || route.idempotencyKey === undefined) return undefined;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  errors.push({ path: 'Idempotency-Key', message: 'must be 1 to 128 visible ASCII characters' });
  return undefined;
}

function unfit(errors: readonly FieldError[]): RefusedError {
  const names = [...new Set(errors.map(({ path }) => path || 'the body'))];
  const detail = `the request does not fit: ${names.slice(0, 8).join(', ')}; see errors, correct it and send it again`;
  const codes = new Set(names.map((name) => NAMING_FIELDS.find(([is]) => is.test(name))?.[1]));
  const [code] = codes;
  return new RefusedError((codes.size === 1 && code) || 'REQUEST_INVALID', detail, { errors: [...errors] });
}
