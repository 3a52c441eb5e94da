import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Role } from './roles.ts';

export type RouteResponse = {
  readonly description: string;
  readonly schema: z.ZodType;
  /** Default `application/json`. */
  readonly mediaType?: string;
};

/** One operation of the HTTP surface: everything that the gateway checks and that the OpenAPI document says about it. */
export type RouteContract<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodObject = z.ZodObject,
> = {
  readonly operationId: string;
  readonly tag: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path with each parameter as `{name}`. */
  readonly path: `/${string}`;
  /** The last parameter stands for the rest of the path, slashes included. */
  readonly isTail?: true;
  readonly summary: string;
  readonly description?: string;
  /** Which roles may use it; `anyone` takes no credential at all. */
  readonly roles: readonly Role[] | 'anyone';
  readonly params: Params;
  /** Values arrive as text: every schema here starts from a string. */
  readonly query: Query;
  readonly body: Body;
  /** What an `Idempotency-Key` header does here; absent where the header has no effect. */
  readonly idempotencyKey?: string;
  readonly responses: { readonly [status: number]: RouteResponse };
  /** Codes of the problem documents it may answer with, besides those of {@link GENERAL_PROBLEMS}. */
  readonly problems: readonly ErrorCode[];
};

/** What any route may be refused with. */
export const GENERAL_PROBLEMS = ['REQUEST_INVALID', 'SERVICE_UNAVAILABLE', 'INTERNAL'] as const;
/** What a route that needs a credential may be refused with besides. */
export const CREDENTIAL_PROBLEMS = ['CREDENTIAL_MISSING', 'CREDENTIAL_INVALID', 'ROLE_REQUIRED'] as const;
/** What a route that takes a body may be refused with besides. */
export const BODY_PROBLEMS = ['REQUEST_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED'] as const;

const NOTHING = z.strictObject({});
type Nothing = typeof NOTHING;

type Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodObject> = Omit<
  RouteContract<P, Q, B>,
  'params' | 'query' | 'body' | 'problems'
> & { readonly params?: P; readonly query?: Q; readonly body?: B; readonly problems?: readonly ErrorCode[] };

/** Declares a route. What is left out of params, query and body takes nothing: an unknown name is refused. */
export function defineRoute<
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodObject = Nothing,
>(definition: Definition<P, Q, B>): RouteContract<P, Q, B> {
  const nothing = { params: NOTHING, query: NOTHING, body: NOTHING, problems: [] };
  return { ...nothing, ...definition } as unknown as RouteContract<P, Q, B>;
}

const PARAMETER = /\{(\w+)\}/g;

/** The path of a route with its parameters filled in, ready for a URL. RangeError when one is missing. */
export function pathOf(
  route: Pick<RouteContract, 'path' | 'isTail'>,
  params: Readonly<Record<string, string>> = {},
): string {
  const tail = tailOf(route);
  return route.path.replace(PARAMETER, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new RangeError(`the path ${route.path} needs a value for ${name}`);
    return name === tail ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  });
}

/** The name of the parameter that stands for the rest of the path; undefined when there is none. */
export const tailOf = ({ path, isTail }: Pick<RouteContract, 'path' | 'isTail'>): string | undefined =>
  isTail ? [...path.matchAll(PARAMETER)].at(-1)?.[1] : undefined;

/** The pattern that a router of the `:name` kind uses for a route; what stands for the rest of the path is `*`. */
export function routerPathOf(route: Pick<RouteContract, 'path' | 'isTail'>): string {
  const tail = tailOf(route);
  return route.path.replace(PARAMETER, (_, name: string) => (name === tail ? '*' : `:${name}`));
}

/** A whole number in a query string, within bounds, both included. */
export const queryInt = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number, digits only')
    .transform(Number)
    .pipe(z.int().min(min).max(max));

export const queryLimit = (most: number, otherwise: number) => queryInt(1, most).default(otherwise);
/** What the page before named as `next`. */
export const queryAfter = z.string().min(1).max(128).optional();
/** Answer only from a view that holds this ledger position: reads what a `causeway-position` header told of. */
export const queryMinPosition = queryInt(0).optional();

/** `true` or `false` in a query string; left out: false. */
export const queryFlag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
  .pipe(z.boolean());

/** Names separated by commas in a query string. */
export const queryNames = (most: number) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(
          z
            .string()
            .regex(/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/, 'must be event types like step.denied, with commas between'),
        )
        .min(1)
        .max(most),
    );

/** A reason that a person gives. */
export const Reason = z.string().min(1).max(1000);
