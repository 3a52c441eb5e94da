import type { RouteContract } from '@causeway/contracts';
import type { z } from 'zod';
import type { Principal } from '../identity/principal.ts';

/** Who asks for what: everything an operation needs of a request. */
export type Caller = {
  readonly principal: Principal;
  readonly requestId: string;
  /** W3C Trace Context, as it came. */
  readonly traceparent?: string;
  readonly idempotencyKey?: string;
  readonly lastEventId?: string;
  /** The run that the header `causeway-run` names. */
  readonly run?: string;
};

/** What a request carries, checked against the route. */
export type Input<R extends RouteContract = RouteContract> = {
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: z.output<R['body']>;
};

/** A request that may reach an operation: its caller is allowed and its input fits. */
export type Call<R extends RouteContract = RouteContract> = Caller & Input<R>;
