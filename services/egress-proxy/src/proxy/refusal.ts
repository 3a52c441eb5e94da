import { problemOf, type Rejection, type StepOutcome } from '@causeway/contracts';

/** An answer of the proxy's own, as it goes over the wire. */
export type Refusal = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const REALM = 'Basic realm="causeway: user is the id of the run, password the token of its session", charset="UTF-8"';

/**
 * A refusal as an HTTP answer: a problem document (RFC 9457) with the code, the rule and what would be allowed, marked as the proxy's own (RFC 9209),
 * so that nobody takes it for the destination's. A credential that is missing or wrong is 407 (RFC 9110 section 15.5.8).
 */
export function refusalOf(rejection: Rejection, approvalId?: string): Refusal {
  const isUnknown = rejection.code === 'CREDENTIAL_MISSING' || rejection.code === 'CREDENTIAL_INVALID';
  const { facts: _facts, ...told } = rejection;
  const problem = problemOf({ ...told, ...(approvalId ? { facts: { approvalId } } : {}) });
  const status = isUnknown ? 407 : problem.status;
  const body = `${JSON.stringify({ ...problem, status })}\n`;
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      'proxy-status': `causeway; error=${status < 500 ? 'http_request_denied' : 'destination_unavailable'}; details="${rejection.code}"`,
      'cache-control': 'no-store',
      ...(isUnknown ? { 'proxy-authenticate': REALM } : {}),
    },
    body,
  };
}

/** Why a step's outcome lets nothing through; undefined when it does, or when it is not decided. */
export function refusedOutcome({ state, rejection }: StepOutcome): Rejection | undefined {
  if (state === 'succeeded' || state === 'started' || state === 'held') return undefined;
  return rejection ?? { code: 'CONNECTION_GONE', detail: `the step ended as ${state}; send the request again` };
}

/** What whoever asked can do when a person has to agree and the connection does not wait any longer. */
export const heldRejection = ({ approvalId, rule }: Pick<StepOutcome, 'approvalId' | 'rule'>): Rejection => ({
  code: 'POLICY_DENIED',
  detail: `a person has to agree first: approval ${approvalId}. Ask for it to be granted for more than one request, then send the request again`,
  ...(rule ? { rule } : {}),
});

export const NO_CREDENTIAL: Rejection = {
  code: 'CREDENTIAL_MISSING',
  detail:
    "this proxy takes requests of runs: put the run's id as user and its session's token as password into the proxy's address",
};
