import { setTimeout as sleep } from 'node:timers/promises';
import { exchangeJson, type Answer, type Exchange } from './http-json.ts';

export type PatientOptions = {
  readonly baseUrl: string;
  readonly token?: string;
  /** How long to go on asking while there is no answer, or one that says to try again, in ms. */
  readonly patienceMs: number;
  /** Told each time before the client waits and asks again. */
  readonly onWait?: (why: string) => void;
};

/** Asks for an answer that no waiting would change: whatever its status, but never one that says to come back later. */
export type PatientClient = (method: Exchange['method'], path: string, body?: unknown) => Promise<Answer>;

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_600;

/**
 * A client that outlives restarts of the server: while nobody answers, or the answer is a problem marked `retryable`, it sends the same
 * request again. Only for requests that may be sent twice. When its patience ends it returns the last answer, or throws the last fault.
 */
export function patientClient({ baseUrl, token, patienceMs, onWait = () => {} }: PatientOptions): PatientClient {
  return async (method, path, body) => {
    const url = new URL(path, baseUrl);
    const exchange = { method, url, body, ...(token !== undefined && { token }) };
    const untilMs = Date.now() + patienceMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      const answer = await exchangeJson(exchange).catch((error: unknown) => asError(error));
      const why = whyAgain(answer);
      if (why !== undefined && Date.now() + waitMs < untilMs) {
        onWait(why);
        await sleep(waitMs);
      } else if (answer instanceof Error) {
        throw new Error(`no answer from ${url.origin} within ${patienceMs} ms (${whyOf(answer)})`, { cause: answer });
      } else return answer;
    }
  };
}

/** Why the same request should be sent again; undefined when the answer stands. */
export function whyAgain(answer: Answer | Error): string | undefined {
  if (answer instanceof Error) return whyOf(answer);
  const { status, body } = answer;
  if (status < 400 || typeof body !== 'object' || body === null) return undefined;
  if (!('retryable' in body) || body.retryable !== true) return undefined;
  return 'code' in body ? String(body.code) : String(status);
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
const whyOf = (error: Error): string => ('code' in error ? String(error.code) : error.message);
