import { guard, GUARDS, INTERCEPT, PROXY, without, type Mutation } from './mutation.ts';

/** The guards of the forward proxy, and of tunnels that are looked into. */
export const GUARDS_OF_THE_PROXY: readonly Mutation[] = [
  guard('T24 T25 T32', `${PROXY}/raw-request.ts#fieldProblem`, 'proxy/raw-request.spec.ts'),
  guard('T24', `${PROXY}/raw-request.ts#forwardProblem`, 'proxy/raw-request.spec.ts'),
  guard('T24', `${PROXY}/raw-request.ts#tunnelProblem`, 'proxy/raw-request.spec.ts'),
  guard('T24', `${PROXY}/raw-request.ts#hostProblem`, 'proxy/raw-request.spec.ts'),
  guard('T29', `${GUARDS}/loop-guard.ts#isLoop`, 'proxy/raw-request.spec.ts', { returns: 'false' }),
  guard('T27', `${PROXY}/hello-gate.ts#helloProblem`, 'proxy/hello-gate.spec.ts'),
  guard('T27', `${PROXY}/hello-gate.ts#isHelloRetry`, 'proxy/hello-gate.spec.ts', { returns: 'false' }),
  guard('T27', `${PROXY}/tunnel.ts#literalStop`, 'proxy/tunnel.int.spec.ts'),
  guard('T27', 'libs/contracts/src/egress-proxy/intercepted.ts#isIntercepted', 'intercept/intercept.int.spec.ts', {
    returns: 'false',
  }),
  guard('T27', `${INTERCEPT}/first-hello.ts#beginningOf`, 'intercept/first-hello.spec.ts', {
    returns: "{ kind: 'tls' }",
  }),
  guard(
    'T27',
    `${INTERCEPT}/accept-tls.ts#acceptTls`,
    'intercept/accept-tls.int.spec.ts',
    without('name.toLowerCase() === host', 'true'),
  ),
  guard(
    'T31',
    `${INTERCEPT}/accept-tls.ts#acceptTls`,
    'intercept/intercept.int.spec.ts',
    without("ALPNProtocols: ['http/1.1']", "ALPNProtocols: ['h2']"),
  ),
  guard(
    'T24 T27',
    `${INTERCEPT}/inner-request.ts#innerRequest`,
    'intercept/inner-request.spec.ts',
    without("raw.target.startsWith('/')", 'true'),
  ),
  guard(
    'T28',
    `${INTERCEPT}/inner-connections.ts#innerConnections`,
    'intercept/intercept.int.spec.ts',
    without(
      "server.on('connect', (_request, socket) => served.get(socket)?.refuse('it asks for a tunnel within the tunnel'));",
    ),
  ),
  guard(
    'T34',
    `${INTERCEPT}/inner-connections.ts#servedBy`,
    'intercept/inner-connections.int.spec.ts',
    without('waiting > MAX_WAITING', 'false'),
  ),
  guard(
    'T35',
    `${INTERCEPT}/inner-connections.ts#servedBy`,
    'intercept/inner-connections.int.spec.ts',
    without('setTimeout(late, requestMs)', 'undefined'),
  ),
  guard(
    'T28 T48',
    `${PROXY}/forward-request.ts#forwardRequest`,
    'intercept/ends.int.spec.ts',
    without("rejection?.code === 'CREDENTIAL_INVALID'", 'false'),
  ),
  guard('T48', `${INTERCEPT}/outgrown.ts#isOutgrown`, 'intercept/ends.int.spec.ts', { returns: 'false' }),
  guard(
    'T28',
    `${INTERCEPT}/authority-page.ts#authorityPage`,
    'intercept/authority-page.int.spec.ts',
    without('if (invalid) return refuse(response, invalid);'),
  ),
  guard('T24', `${INTERCEPT}/authority-page.ts#isAuthorityRequest`, 'intercept/authority-page.spec.ts', {
    returns: 'true',
  }),
  guard(
    'T36',
    `${INTERCEPT}/run-key.ts#runKey`,
    'intercept/run-key.spec.ts',
    without("'sha256', master, runId", "'sha256', master, ''"),
  ),
  guard(
    'T38',
    `${INTERCEPT}/master-key.ts#masterKey`,
    'intercept/master-key.spec.ts',
    without('key.length >= MIN_BYTES', 'true'),
  ),
  guard('T27', `${INTERCEPT}/run-authorities.ts#hostsOf`, 'intercept/authority-page.int.spec.ts'),
  guard(
    'T28',
    'services/run-orchestrator/src/steps/forwarded-step.ts#credentialChecker',
    'steps/forwarded-step.spec.ts',
    { returns: '(async () => ok({ runId: "run" }))' },
  ),
  guard(
    'T28',
    `${PROXY}/credential.ts#credentialOf`,
    'proxy/credential.spec.ts',
    without('values.length === 1', 'values.length > 0'),
  ),
  guard(
    'T28',
    `${PROXY}/waiting-connections.ts#waitingConnections`,
    'proxy/waiting-connections.spec.ts',
    without('waiting.runId !== runId || waiting.stepId !== stepId', 'false'),
  ),
  guard(
    'T28',
    'services/run-orchestrator/src/steps/forwarded-step.ts#runOf',
    'steps/forwarded-step.spec.ts',
    without('&& session.tokenSha256 === tokenSha256'),
  ),
];
