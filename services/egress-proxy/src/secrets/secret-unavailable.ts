import { FetchStopped, stop } from '../fetch/fetch-stop.ts';

/** The value of a secret cannot be had. `why` says nothing of the value; it is kept in the ledger, and not shown to agents. */
export const unavailable = (name: string, why: string, cause?: unknown): FetchStopped =>
  new FetchStopped(stop('SECRET_UNAVAILABLE', 'secret', `the secret ${name} ${why}`), { cause });
