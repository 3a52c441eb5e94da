/**
 * Every reason for which Causeway refuses or fails, in one table. The gateway maps a code to HTTP with it; docs/errors.md is tested
 * against it. `retryable`: the same request, unchanged, may succeed later.
 */
export const ERROR_CODES = {
  // Requests
  REQUEST_INVALID: { httpStatus: 400, title: 'The request does not fit its schema', retryable: false },
  REQUEST_TOO_LARGE: { httpStatus: 413, title: 'The request body is too large', retryable: false },
  MEDIA_TYPE_UNSUPPORTED: { httpStatus: 415, title: 'The request body is not JSON', retryable: false },
  ROUTE_NOT_FOUND: { httpStatus: 404, title: 'There is nothing at this address', retryable: false },
  METHOD_NOT_ALLOWED: { httpStatus: 405, title: 'This address does not take this method', retryable: false },
  // Identity
  CREDENTIAL_MISSING: { httpStatus: 401, title: 'No credential was presented', retryable: false },
  CREDENTIAL_INVALID: { httpStatus: 401, title: 'The credential is unknown, expired or revoked', retryable: false },
  CREDENTIAL_IN_BODY: {
    httpStatus: 400,
    title: 'The body carries the credential that the request was sent with',
    retryable: false,
  },
  ROLE_REQUIRED: { httpStatus: 403, title: 'The credential lacks the role for this', retryable: false },
  SESSION_NOT_FOUND: { httpStatus: 404, title: 'No such session', retryable: false },
  SESSION_REVOKED: { httpStatus: 409, title: 'The session is revoked', retryable: false },
  SESSION_ALREADY_OPENED: { httpStatus: 409, title: 'This session id stands for another session', retryable: false },
  SESSION_BUSY: { httpStatus: 409, title: 'The session has a run already', retryable: false },
  // Runs and steps
  RUN_NOT_FOUND: { httpStatus: 404, title: 'No such run', retryable: false },
  RUN_ALREADY_STARTED: { httpStatus: 409, title: 'This run id stands for another run', retryable: false },
  RUN_NOT_ACTIVE: { httpStatus: 409, title: 'The run is not active', retryable: false },
  RUN_PAUSED: { httpStatus: 409, title: 'The run is paused', retryable: true },
  RUN_TRANSITION_REFUSED: { httpStatus: 409, title: 'The run cannot go from its state to that one', retryable: false },
  STEP_NOT_FOUND: { httpStatus: 404, title: 'No such step in this run', retryable: false },
  STEP_ID_REUSED: { httpStatus: 409, title: 'This step id stands for another step', retryable: false },
  STEP_OUTCOME_UNKNOWN: { httpStatus: 502, title: 'Whether the step took effect is not known', retryable: false },
  STEP_OUTCOME_KNOWN: { httpStatus: 409, title: 'The outcome of the step is no question', retryable: false },
  STEP_ALREADY_ACKNOWLEDGED: {
    httpStatus: 409,
    title: 'A person acknowledged the step with another finding',
    retryable: false,
  },
  RUN_PAUSE_EXPIRED: { httpStatus: 409, title: 'Nobody answered before the pause ended', retryable: false },
  RUN_AGENT_SILENT: { httpStatus: 409, title: 'The agent was silent for too long', retryable: false },
  RUN_LIFE_ENDED: { httpStatus: 409, title: 'The run lasted as long as a run may', retryable: false },
  SEGMENT_ENDED: { httpStatus: 409, title: 'The segment has no steps left before a checkpoint', retryable: false },
  PAUSE_REFUSED: { httpStatus: 400, title: 'The run cannot be paused until then', retryable: false },
  SIGNALS_FULL: { httpStatus: 409, title: 'The run keeps as many signals as it can', retryable: false },
  RUN_CHECKPOINT_NOT_FOUND: { httpStatus: 404, title: 'The run has no checkpoint', retryable: false },
  ID_REUSED: { httpStatus: 409, title: 'This id stands for something else', retryable: false },
  PREDICATE_UNKNOWN: { httpStatus: 400, title: 'No such completion predicate', retryable: false },
  PREDICATE_PROVES_NOTHING: {
    httpStatus: 400,
    title: 'The predicate could hold without anything being done',
    retryable: false,
  },
  CLAIM_NOT_PROVEN: {
    httpStatus: 409,
    title: 'The ledger does not show what the completion predicate asks for',
    retryable: false,
  },
  SUBGOAL_NOT_FOUND: { httpStatus: 404, title: 'No such subgoal in this run', retryable: false },
  SUBGOAL_NOT_CURRENT: { httpStatus: 409, title: 'The subgoal is not the current one', retryable: false },
  SUBGOAL_ID_REUSED: { httpStatus: 409, title: 'This subgoal id stands for another subgoal', retryable: false },
  SUBGOALS_FULL: { httpStatus: 409, title: 'The run has as many subgoals as it may have', retryable: false },
  NOTE_NOT_FOUND: { httpStatus: 404, title: 'The run has no note of this name', retryable: false },
  NOTES_FULL: { httpStatus: 409, title: 'The run has as many notes as it may have', retryable: false },
  STATE_UNKNOWN: { httpStatus: 400, title: 'No such state', retryable: false },
  // Schedules
  SCHEDULE_NOT_FOUND: { httpStatus: 404, title: 'No such schedule', retryable: false },
  SCHEDULE_ALREADY_CREATED: {
    httpStatus: 409,
    title: 'This schedule id stands for another schedule',
    retryable: false,
  },
  SCHEDULE_INVALID: { httpStatus: 400, title: 'The schedule would never be due', retryable: false },
  SCHEDULE_NOT_ACTIVE: { httpStatus: 409, title: 'The schedule is over', retryable: false },
  OCCURRENCE_NOT_FOUND: { httpStatus: 404, title: 'The schedule has no such occurrence', retryable: false },
  // Kill switch
  KILLED: { httpStatus: 409, title: 'An operator stopped it', retryable: false },
  KILL_NOT_FOUND: { httpStatus: 404, title: 'No such kill', retryable: false },
  // Capabilities
  CAPABILITY_UNKNOWN: { httpStatus: 400, title: 'No such capability', retryable: false },
  CAPABILITY_INPUT_INVALID: { httpStatus: 400, title: 'The input does not fit the capability', retryable: false },
  CAPABILITY_DESCRIPTOR_INVALID: {
    httpStatus: 400,
    title: 'The capability is described in a way that cannot be enforced',
    retryable: false,
  },
  CAPABILITY_NOT_OWNED: { httpStatus: 403, title: 'The capability belongs to another service', retryable: false },
  CAPABILITY_UNAVAILABLE: {
    httpStatus: 503,
    title: 'The service that provides the capability cannot be reached',
    retryable: true,
  },
  GRANT_EXPIRED: { httpStatus: 409, title: 'The step grant is past its deadline', retryable: false },
  GRANT_MISMATCH: { httpStatus: 409, title: 'The step grant does not fit what it is used for', retryable: false },
  // Policy
  POLICY_DENIED: { httpStatus: 403, title: 'Policy denies this', retryable: false },
  POLICY_VERSION_MISMATCH: { httpStatus: 409, title: 'The policy changed since the step was decided', retryable: true },
  // Budgets
  BUDGET_STEPS_EXHAUSTED: { httpStatus: 403, title: 'The run has no steps left in its budget', retryable: false },
  BUDGET_WALL_CLOCK_EXHAUSTED: { httpStatus: 403, title: 'The run has used up its time', retryable: false },
  BUDGET_EXHAUSTED: { httpStatus: 403, title: 'A meter of the budget has nothing left', retryable: false },
  BUDGET_EXTENSION_DENIED: { httpStatus: 403, title: 'A person denied more budget', retryable: false },
  BUDGET_EXTENSION_EXPIRED: { httpStatus: 409, title: 'Nobody gave more budget in time', retryable: false },
  BUDGET_EXTENSION_REFUSED: { httpStatus: 403, title: 'The budget cannot be extended like this', retryable: false },
  POOL_NOT_FOUND: { httpStatus: 404, title: 'No such pool', retryable: false },
  BUDGET_ABOVE_LIMIT: { httpStatus: 400, title: 'The budget is above what policy allows', retryable: false },
  // Approvals
  APPROVAL_NOT_FOUND: { httpStatus: 404, title: 'No such approval', retryable: false },
  APPROVAL_NOT_PENDING: { httpStatus: 409, title: 'The approval is no longer pending', retryable: false },
  APPROVAL_DIGEST_MISMATCH: {
    httpStatus: 409,
    title: 'The digest is not that of the content to approve',
    retryable: false,
  },
  APPROVAL_STATEMENT_MISMATCH: {
    httpStatus: 409,
    title: 'The statement is not the one that has to be given back',
    retryable: false,
  },
  APPROVAL_OTHER_STEP: { httpStatus: 409, title: 'The approval is for another step or run', retryable: false },
  APPROVAL_INPUT_CHANGED: {
    httpStatus: 409,
    title: 'What would be executed has other arguments than what was approved',
    retryable: false,
  },
  APPROVAL_CAPABILITY_CHANGED: {
    httpStatus: 409,
    title: 'The capability changed since the approval was asked for',
    retryable: false,
  },
  APPROVAL_POLICY_CHANGED: {
    httpStatus: 409,
    title: 'Another policy decides now than the one the approval was asked for under',
    retryable: false,
  },
  APPROVAL_CONTENT_ERASED: { httpStatus: 409, title: 'The content to approve was erased', retryable: false },
  APPROVAL_ALREADY_GIVEN: { httpStatus: 409, title: 'This person granted the approval already', retryable: false },
  APPROVAL_NOT_APPROVER: { httpStatus: 403, title: 'This person is not among its approvers', retryable: false },
  APPROVAL_RETURNED: { httpStatus: 403, title: 'A person returned the request with feedback', retryable: false },
  APPROVAL_CONSUMED: { httpStatus: 409, title: 'The approval was used already', retryable: false },
  APPROVAL_WITHDRAWN: { httpStatus: 409, title: 'The approval is no longer asked for', retryable: false },
  APPROVAL_OWN_REQUEST: { httpStatus: 403, title: 'Nobody approves what they requested', retryable: false },
  APPROVAL_EXPIRED: { httpStatus: 409, title: 'The approval has expired', retryable: false },
  APPROVAL_DENIED: { httpStatus: 403, title: 'A person denied the approval', retryable: false },
  // Standing grants
  GRANT_NOT_FOUND: { httpStatus: 404, title: 'No such standing grant', retryable: false },
  GRANT_NOT_ALLOWED: { httpStatus: 409, title: 'No standing grant can be given like this', retryable: false },
  // Egress
  URL_REFUSED: { httpStatus: 400, title: 'The address is not one that Causeway will use', retryable: false },
  METHOD_REFUSED: { httpStatus: 400, title: 'The method is not one that Causeway will send', retryable: false },
  HEADER_REFUSED: { httpStatus: 400, title: 'A request header is not one that Causeway will send', retryable: false },
  ADDRESS_REFUSED: { httpStatus: 403, title: 'The host has an address that must not be reached', retryable: false },
  DNS_FAILED: { httpStatus: 502, title: 'The host name could not be resolved', retryable: true },
  UPSTREAM_UNREACHABLE: { httpStatus: 502, title: 'The destination could not be reached', retryable: true },
  UPSTREAM_TLS_FAILED: { httpStatus: 502, title: 'The destination did not prove who it is', retryable: false },
  UPSTREAM_TIMEOUT: { httpStatus: 504, title: 'The destination took too long', retryable: true },
  UPSTREAM_PROTOCOL_REFUSED: {
    httpStatus: 502,
    title: 'The destination answered in a way that is not accepted',
    retryable: false,
  },
  UPSTREAM_REFUSED: { httpStatus: 502, title: 'The destination refused the request', retryable: false },
  REQUEST_BODY_TOO_LARGE: { httpStatus: 413, title: 'The body to send is too large', retryable: false },
  RESPONSE_TOO_LARGE: { httpStatus: 502, title: 'The answer is larger than allowed', retryable: false },
  REDIRECT_LIMIT: { httpStatus: 502, title: 'The destination redirects too often', retryable: false },
  EGRESS_LEDGER_UNREACHABLE: {
    httpStatus: 503,
    title: 'The call cannot be recorded, so it is not made',
    retryable: true,
  },
  // Resources
  RESOURCE_NOT_FOUND: { httpStatus: 404, title: 'No such resource', retryable: false },
  RESOURCE_TOO_LARGE: { httpStatus: 413, title: 'The resource is too large', retryable: false },
  RESOURCE_TYPE_REFUSED: { httpStatus: 415, title: 'The type of the resource is not accepted', retryable: false },
  RESOURCE_FILE_REFUSED: { httpStatus: 403, title: 'The file is outside the allowed folder', retryable: false },
  // Ledger
  VERSION_CONFLICT: { httpStatus: 409, title: 'The stream is not at the expected version', retryable: true },
  EVENT_ID_REUSED: { httpStatus: 409, title: 'This event id stands for other content', retryable: false },
  EVENT_TYPE_UNKNOWN: { httpStatus: 400, title: 'No such event type', retryable: false },
  EVENT_NOT_OWNED: { httpStatus: 403, title: 'The writer does not own this event type', retryable: false },
  EVENT_DATA_INVALID: { httpStatus: 400, title: 'The event data cannot be sealed', retryable: false },
  LEDGER_BUSY: { httpStatus: 503, title: 'The ledger has more waiting than it takes', retryable: true },
  LEDGER_NOT_LEADER: { httpStatus: 503, title: 'This ledger replica does not write', retryable: true },
  LEDGER_ROLLED_BACK: {
    httpStatus: 503,
    title: 'The log is behind what was signed before, so nothing is written',
    retryable: true,
  },
  EVENT_NOT_FOUND: { httpStatus: 404, title: 'No such event in the log', retryable: false },
  CHECKPOINT_NOT_FOUND: { httpStatus: 404, title: 'No checkpoint of that size', retryable: false },
  TILE_NOT_FOUND: { httpStatus: 404, title: 'The tree has no such tile yet', retryable: true },
  ERASURE_REFUSED: { httpStatus: 409, title: 'There is nothing that can be erased', retryable: false },
  SIGNING_KEY_REFUSED: { httpStatus: 409, title: 'The signing key cannot be retired', retryable: false },
  LEDGER_UNAVAILABLE: { httpStatus: 503, title: 'The ledger cannot be reached', retryable: true },
  // The system
  PROJECTION_BEHIND: { httpStatus: 503, title: 'The view has not caught up yet', retryable: true },
  SERVICE_UNAVAILABLE: { httpStatus: 503, title: 'A service that is needed cannot be reached', retryable: true },
  INTERNAL: { httpStatus: 500, title: 'A fault in Causeway', retryable: false },
} as const satisfies Record<string, { httpStatus: number; title: string; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Whether the same request, unchanged, may succeed later. */
export const isRetryable = (code: ErrorCode): boolean => ERROR_CODES[code].retryable;
