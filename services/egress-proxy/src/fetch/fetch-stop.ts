import type { ErrorCode, FETCH_REJECTIONS, TUNNEL_REJECTIONS } from '@causeway/contracts';

/** INTERNAL: a fault of our own, recorded like any other end of a call. */
export type FetchCode = (typeof FETCH_REJECTIONS)[number] | (typeof TUNNEL_REJECTIONS)[number] | 'INTERNAL';

/** Where in the pipeline a call was stopped, in its order. */
export type Stage =
  | 'grant'
  | 'request'
  | 'url'
  | 'policy'
  | 'resolve'
  | 'address'
  | 'secret'
  | 'connect'
  | 'tls'
  | 'exchange'
  | 'body'
  | 'redirect';

/** Why a call ends here. `detail` is kept in the ledger; what the caller may read of it depends on the code. */
export type Stop = {
  readonly code: FetchCode;
  readonly stage: Stage;
  readonly detail: string;
  readonly rule?: string;
  readonly allowed?: readonly string[];
};

/** A stop on its way through the pipeline. */
export class FetchStopped extends Error {
  readonly stop: Stop;
  constructor(stop: Stop, options?: { cause?: unknown }) {
    super(`${stop.code} at ${stop.stage}: ${stop.detail}`, options);
    this.stop = stop;
  }
}

export const stop = (code: FetchCode, stage: Stage, detail: string): Stop => ({ code, stage, detail });

/** Ends the call when a guard has something against it. */
export function halt(found: Stop | undefined): void {
  if (found) throw new FetchStopped(found);
}

/** Refusals of Causeway's own, decided before or between requests; every other code is trouble with the destination. */
const DENIALS: readonly ErrorCode[] = [
  'GRANT_EXPIRED',
  'GRANT_MISMATCH',
  'POLICY_VERSION_MISMATCH',
  'POLICY_DENIED',
  'URL_REFUSED',
  'METHOD_REFUSED',
  'HEADER_REFUSED',
  'ADDRESS_REFUSED',
  'REQUEST_BODY_TOO_LARGE',
  'RESOURCE_NOT_FOUND',
];

export const isDenial = (code: ErrorCode): boolean => DENIALS.includes(code);
