const RUN = 'run_00000000000000000000000000';
const SESSION = 'ses_00000000000000000000000000';
const APPROVAL = 'apr_00000000000000000000000000';
const RESOURCE = 'res_00000000000000000000000000';
const DIGEST = 'ab'.repeat(32);
const TOO_LARGE_BYTES = 600_000;

/** Whose credential a request carries. */
export type Who = 'operator' | 'approver' | 'admin' | 'agent' | 'nobody';
export type Payload = {
  readonly body?: unknown;
  /** A body that is sent as it is. */
  readonly text?: string;
  readonly type?: string;
  readonly authorization?: string;
};
/** How a request has to be refused; the problem has to mention `names`. */
export type Refusal = { readonly status: number; readonly code: string; readonly names: string };
/**
 * What is wrong, who sends it, method and path, the answer, and what is sent. `{run}` and `{session}` are the agent's own, `{other}` is a run
 * of another session.
 */
export type Case = readonly [why: string, as: Who, to: string, refusal: Refusal, payload?: Payload];

const no = (status: number, code: string, names = ''): Refusal => ({ status, code, names });
const invalid = (names: string): Refusal => no(400, 'REQUEST_INVALID', names);
const step = (input: unknown, more: object = {}) => ({ stepId: 'x', capability: 'network.http-fetch', input, ...more });
const run = (more: object) => ({ sessionId: SESSION, goal: 'x', predicate: { kind: 'manual' }, ...more });
const GRANT = { body: { digest: DIGEST, reason: 'x' } };
const REASON = { body: { reason: 'x' } };
const TO_STEPS = 'POST /v1/runs/{run}/steps';

const BODIES: readonly Case[] = [
  ['malformed JSON', 'operator', 'POST /v1/sessions', invalid('JSON'), { text: '{"agentId":' }],
  ['an empty body', 'operator', 'POST /v1/sessions', invalid(''), { text: '' }],
  ['a body that is not an object', 'operator', 'POST /v1/sessions', invalid(''), { body: [1] }],
  ['an unknown field', 'operator', 'POST /v1/sessions', invalid('colour'), { body: { agentId: 'a', colour: 'red' } }],
  ['a missing field', 'operator', 'POST /v1/sessions', invalid('agentId'), { body: {} }],
  ['a field of the wrong type', 'operator', 'POST /v1/sessions', invalid('agentId'), { body: { agentId: 7 } }],
  [
    'a name that would be a wildcard on the bus',
    'operator',
    'POST /v1/sessions',
    invalid('agentId'),
    { body: { agentId: 'a.*' } },
  ],
  [
    'an unknown field deep inside',
    'operator',
    'POST /v1/runs',
    invalid('budget.stepz'),
    { body: run({ budget: { stepz: 1 } }) },
  ],
  [
    'a budget of nothing',
    'operator',
    'POST /v1/runs',
    invalid('budget.steps'),
    { body: run({ budget: { steps: 0 } }) },
  ],
  [
    'a key __proto__',
    'agent',
    TO_STEPS,
    invalid('__proto__'),
    { text: '{"capability":"resource.list","input":{"__proto__":1}}' },
  ],
  [
    'a body nested too deep',
    'agent',
    TO_STEPS,
    invalid('nested'),
    { text: `${'['.repeat(9_000)}${']'.repeat(9_000)}` },
  ],
  [
    'an oversize body',
    'operator',
    'POST /v1/sessions',
    no(413, 'REQUEST_TOO_LARGE'),
    { body: { agentId: 'a'.repeat(TOO_LARGE_BYTES) } },
  ],
  [
    'a body that is not declared as JSON',
    'operator',
    'POST /v1/sessions',
    no(415, 'MEDIA_TYPE_UNSUPPORTED'),
    { text: 'agentId=a', type: 'application/x-www-form-urlencoded' },
  ],
];

const NAMES: readonly Case[] = [
  ['an id of the wrong shape', 'operator', 'GET /v1/runs/run_1', invalid('runId')],
  ['an id of another kind', 'operator', `GET /v1/runs/${SESSION}`, invalid('runId')],
  ['an unknown run', 'operator', `GET /v1/runs/${RUN}`, no(404, 'RUN_NOT_FOUND', RUN)],
  ['an unknown run to cancel', 'operator', `POST /v1/runs/${RUN}/cancel`, no(404, 'RUN_NOT_FOUND', RUN), REASON],
  ['an unknown session', 'operator', `GET /v1/sessions/${SESSION}`, no(404, 'SESSION_NOT_FOUND', SESSION)],
  [
    'a run in an unknown session',
    'operator',
    'POST /v1/runs',
    no(404, 'SESSION_NOT_FOUND', SESSION),
    { body: run({}) },
  ],
  [
    'an unknown approval',
    'approver',
    `POST /v1/approvals/${APPROVAL}/grant`,
    no(404, 'APPROVAL_NOT_FOUND', APPROVAL),
    GRANT,
  ],
  ['an unknown resource', 'operator', `GET /v1/resources/${RESOURCE}`, no(404, 'RESOURCE_NOT_FOUND', RESOURCE)],
  ['an unknown step', 'agent', 'GET /v1/runs/{run}/steps/nothing', no(404, 'STEP_NOT_FOUND', 'nothing')],
  ['an unknown state of a run', 'operator', 'GET /v1/runs?state=asleep', no(400, 'STATE_UNKNOWN', 'state')],
  ['an unknown state of an approval', 'operator', 'GET /v1/approvals?state=lost', no(400, 'STATE_UNKNOWN', 'state')],
  [
    'an unknown predicate',
    'operator',
    'POST /v1/runs',
    no(400, 'PREDICATE_UNKNOWN', 'predicate.kind'),
    { body: run({ predicate: { kind: 'when-i-say-so' } }) },
  ],
  [
    'a predicate on an unknown capability',
    'operator',
    'POST /v1/runs',
    no(400, 'CAPABILITY_UNKNOWN', 'coffee.make'),
    { body: run({ sessionId: '{session}', predicate: { kind: 'capability_succeeded', capability: 'coffee.make' } }) },
  ],
  [
    'an unknown capability',
    'agent',
    TO_STEPS,
    no(400, 'CAPABILITY_UNKNOWN', 'coffee.make'),
    { body: { capability: 'coffee.make', input: {} } },
  ],
  [
    'a capability input with an unknown field',
    'agent',
    TO_STEPS,
    no(400, 'CAPABILITY_INPUT_INVALID', 'input.verb'),
    { body: step({ url: 'https://a.example', verb: 'GET' }) },
  ],
  [
    'a capability input without what it needs',
    'agent',
    TO_STEPS,
    no(400, 'CAPABILITY_INPUT_INVALID', 'input.url'),
    { body: step({}) },
  ],
  [
    'a capability input that cannot be sealed',
    'agent',
    TO_STEPS,
    no(400, 'CAPABILITY_INPUT_INVALID', 'input'),
    { body: step({ url: 'https://a.example/\ud800' }) },
  ],
  ['a step id that is no id', 'agent', TO_STEPS, invalid('stepId'), { body: step({}, { stepId: 'Not An Id' }) }],
  ['an unknown address', 'operator', 'GET /v1/coffee', no(404, 'ROUTE_NOT_FOUND', '/v1/coffee')],
  ['a method that the address does not take', 'operator', 'DELETE /v1/runs', no(405, 'METHOD_NOT_ALLOWED', 'DELETE')],
];

const QUERIES: readonly Case[] = [
  ['an unknown query field', 'operator', 'GET /v1/runs?colour=red', invalid('colour')],
  ['a limit that is no number', 'operator', 'GET /v1/runs?limit=many', invalid('limit')],
  ['a limit out of bounds', 'operator', 'GET /v1/runs?limit=5000', invalid('limit')],
  ['an event type that is none', 'operator', 'GET /v1/audit/events?types=everything', invalid('types')],
];

const CREDENTIALS: readonly Case[] = [
  ['no credential', 'nobody', 'GET /v1/runs', no(401, 'CREDENTIAL_MISSING')],
  [
    'a wrong session token',
    'nobody',
    'GET /v1/runs',
    no(401, 'CREDENTIAL_INVALID'),
    { authorization: `Bearer cwa_${'A'.repeat(43)}` },
  ],
  [
    'a wrong operator key',
    'nobody',
    'GET /v1/runs',
    no(401, 'CREDENTIAL_INVALID'),
    { authorization: `Bearer cwk_${'A'.repeat(43)}` },
  ],
  ['another scheme', 'nobody', 'GET /v1/runs', no(401, 'CREDENTIAL_INVALID'), { authorization: 'Basic YTpi' }],
  [
    'an agent that opens a session',
    'agent',
    'POST /v1/sessions',
    no(403, 'ROLE_REQUIRED', 'operator'),
    { body: { agentId: 'a' } },
  ],
  [
    'an agent that approves',
    'agent',
    `POST /v1/approvals/${APPROVAL}/grant`,
    no(403, 'ROLE_REQUIRED', 'approver'),
    GRANT,
  ],
  ['an agent that reads the whole log', 'agent', 'GET /v1/audit/events', no(403, 'ROLE_REQUIRED')],
  [
    'an operator that approves',
    'operator',
    `POST /v1/approvals/${APPROVAL}/grant`,
    no(403, 'ROLE_REQUIRED', 'approver'),
    GRANT,
  ],
  ['an operator that takes a step', 'operator', TO_STEPS, no(403, 'ROLE_REQUIRED', 'agent'), { body: step({}) }],
  ['an admin that takes a step', 'admin', TO_STEPS, no(403, 'ROLE_REQUIRED', 'agent'), { body: step({}) }],
  [
    'an approver that starts a run',
    'approver',
    'POST /v1/runs',
    no(403, 'ROLE_REQUIRED', 'operator'),
    { body: run({}) },
  ],
  [
    'an operator that rebuilds',
    'operator',
    'POST /v1/admin/projections/rebuild',
    no(403, 'ROLE_REQUIRED', 'admin'),
    { body: {} },
  ],
];

const OF_OTHERS: readonly Case[] = [
  ["another session's run", 'agent', 'GET /v1/runs/{other}', no(404, 'RUN_NOT_FOUND')],
  [
    "a step in another session's run",
    'agent',
    'POST /v1/runs/{other}/steps',
    no(404, 'RUN_NOT_FOUND'),
    { body: { stepId: 'x', capability: 'resource.list', input: {} } },
  ],
  ["the steps of another session's run", 'agent', 'GET /v1/runs/{other}/steps', no(404, 'RUN_NOT_FOUND')],
  ["a claim for another session's run", 'agent', 'POST /v1/runs/{other}/claim', no(404, 'RUN_NOT_FOUND'), { body: {} }],
  ["another session's run to cancel", 'agent', 'POST /v1/runs/{other}/cancel', no(404, 'RUN_NOT_FOUND'), REASON],
  ["the stream of another session's run", 'agent', 'GET /v1/audit/stream?runId={other}', no(404, 'RUN_NOT_FOUND')],
];

export const CASES: readonly Case[] = [...BODIES, ...NAMES, ...QUERIES, ...CREDENTIALS, ...OF_OTHERS];
