/** How a guard is taken out: its function answers this at once, or one stretch of text becomes another. */
export type Removal = { readonly returns: string } | { readonly from: string; readonly to: string };

export type Mutation = {
  /** The traps of docs/egress-traps.md that the guard is for. */
  readonly traps: string;
  readonly file: string;
  /** The function that is the guard, or that holds it. */
  readonly name: string;
  readonly removal: Removal;
  /** The file of tests of which one must fail without the guard, as the end of its path. */
  readonly test: string;
};

const FETCH = 'services/egress-proxy/src/fetch';
const GUARDS = 'services/egress-proxy/src/guards';
const BODIES = 'services/egress-proxy/src/bodies';
const MODELS = 'services/egress-proxy/src/models';
const PROXY = 'services/egress-proxy/src/proxy';
const SECRETS = 'services/egress-proxy/src/secrets';
const POLICY = 'libs/policy/src';
const passes: Removal = { returns: 'undefined' };
const without = (from: string, to = ''): Removal => ({ from, to });

function guard(traps: string, place: string, test: string, removal: Removal = passes): Mutation {
  const [file = '', name = ''] = place.split('#');
  return { traps, file, name, removal, test };
}

/** Every guard of the ways out, and of the secrets that go along. */
export const GUARD_MUTATIONS: readonly Mutation[] = [
  guard('T16 T26', `${POLICY}/canonical-url.ts#characterRefusal`, 'policy/src/canonical-url.spec.ts'),
  guard('T30', `${POLICY}/canonical-url.ts#schemeRefusal`, 'policy/src/canonical-url.spec.ts'),
  guard('T16', `${POLICY}/canonical-url.ts#authorityRefusal`, 'policy/src/canonical-url.spec.ts'),
  guard('T22', `${POLICY}/canonical-url.ts#pathRefusal`, 'policy/src/canonical-url.spec.ts'),
  guard('T20', `${POLICY}/host-patterns.ts#wildcardProblem`, 'policy/src/host-patterns.spec.ts'),
  guard('T20', `${POLICY}/host-patterns.ts#wildcardProblems`, 'policy/src/host-patterns.spec.ts', { returns: '[]' }),
  guard('T9', `${POLICY}/special-names.ts#isSpecialName`, 'fetch/refusals.int.spec.ts', { returns: 'false' }),
  guard('T1-T10', `${POLICY}/dial.ts#mayDial`, 'fetch/refusals.int.spec.ts', {
    returns: "{ ok: true, class: 'public' }",
  }),
  guard('T3-T10', `${FETCH}/address-guard.ts#addressStop`, 'fetch/refusals.int.spec.ts'),
  guard('T9 T41', `${FETCH}/address-guard.ts#nameStop`, 'fetch/refusals.int.spec.ts'),
  guard('T21', `${GUARDS}/port-guard.ts#portStop`, 'guards/guards.int.spec.ts'),
  guard('T42', `${GUARDS}/rule-guard.ts#ruleBodyStop`, 'packs/packs.int.spec.ts'),
  guard('T15', `${GUARDS}/rule-guard.ts#ruleOriginStop`, 'packs/packs.int.spec.ts'),
  guard('T48', 'services/egress-proxy/src/packs/may-go-on.ts#mayGoOn', 'packs/packs.spec.ts', { returns: 'true' }),
  guard('T48', `${POLICY}/standing.ts#revokedIn`, 'packs/packs.spec.ts', { returns: '[]' }),
  guard('T29', `${GUARDS}/self-guard.ts#selfStop`, 'guards/guards.int.spec.ts'),
  guard('T41', `${GUARDS}/name-guard.ts#nameShapeStop`, 'guards/guards.int.spec.ts'),
  guard('T41', `${GUARDS}/name-guard.ts#nameCountStop`, 'guards/guards.int.spec.ts'),
  guard('T11 T45', `${GUARDS}/chain-guard.ts#chainStop`, 'guards/chain-guard.spec.ts'),
  guard(
    'T45',
    `${FETCH}/resolve.ts#followAliases`,
    'fetch/resolve.int.spec.ts',
    without('if (wrong) throw new FetchStopped(wrong);'),
  ),
  guard(
    'T34',
    `${BODIES}/kept-body.ts#keptBody`,
    'bodies/large-bodies.int.spec.ts',
    without('grant.byteAllowance', '2 ** 40'),
  ),
  guard('T50', `${BODIES}/kept-body.ts#firstBytesStop`, 'bodies/large-bodies.int.spec.ts'),
  guard('T42', `${FETCH}/request-guard.ts#referenceStop`, 'bodies/large-bodies.int.spec.ts'),
  guard(
    'T42',
    `${BODIES}/referred-body.ts#referredBody`,
    'bodies/large-bodies.int.spec.ts',
    without('sizeBytes > maxSentBytes', 'sizeBytes < 0'),
  ),
  guard('T42', `${MODELS}/model-request.ts#modelRequestStop`, 'models/models.int.spec.ts'),
  guard('T15 T50', `${MODELS}/send-model.ts#modelHeadStop`, 'models/models.int.spec.ts'),
  guard(
    'T37',
    `${MODELS}/answer-taker.ts#answerTaker`,
    'models/models.int.spec.ts',
    without('if (secret !== undefined && body.includes(secret, looked)) throw new FetchStopped(echoed);'),
  ),
  guard('T37', `${MODELS}/secret-source.ts#heldBack`, 'models/models.int.spec.ts', { returns: '0' }),
  guard('T14', `${FETCH}/dial.ts#peerStop`, 'fetch/dial.spec.ts'),
  guard(
    'T44',
    `${FETCH}/dial.ts#dial`,
    'fetch/tls.int.spec.ts',
    without('rejectUnauthorized: true', 'rejectUnauthorized: false'),
  ),
  guard(
    'T31',
    `${FETCH}/dial.ts#dial`,
    'fetch/tls.int.spec.ts',
    without("ALPNProtocols: ['http/1.1']", "ALPNProtocols: ['h2']"),
  ),
  guard(
    'T44',
    `${FETCH}/dial.ts#dial`,
    'fetch/tls.int.spec.ts',
    without('{ servername: target.host }', "{ servername: 'other.internal' }"),
  ),
  guard('T49', `${FETCH}/request-guard.ts#methodStop`, 'fetch/request-guard.spec.ts'),
  guard('T42', `${FETCH}/request-guard.ts#bodyStop`, 'fetch/request-guard.spec.ts'),
  guard('T23 T26 T40 T47 T49', `${FETCH}/request-guard.ts#headerStop`, 'guards/guards.int.spec.ts'),
  guard(
    'T33',
    `${FETCH}/request-guard.ts#outgoingHeaders`,
    'guards/guards.int.spec.ts',
    without(", 'accept-encoding': 'identity'"),
  ),
  guard('T15 T40', `${FETCH}/request-guard.ts#crossOriginHeaders`, 'fetch/redirect.spec.ts', { returns: 'headers' }),
  guard(
    'T15',
    `${FETCH}/redirect.ts#redirectOf`,
    'fetch/redirect.spec.ts',
    without("hop.url.scheme === 'https' && next.url.scheme === 'http'", 'false'),
  ),
  guard(
    'T15',
    `${FETCH}/redirect.ts#redirectOf`,
    'fetch/redirect.spec.ts',
    without('limits.taken >= limits.max', 'false'),
  ),
  guard(
    'T15',
    `${FETCH}/redirect.ts#redirectOf`,
    'fetch/redirect.spec.ts',
    without("if (hop.method === 'POST')", 'if (false)'),
  ),
  guard('T32 T33 T34', `${FETCH}/response-guard.ts#headStop`, 'fetch/response-guard.spec.ts'),
  guard('T46', `${FETCH}/response-guard.ts#shownHeaders`, 'guards/guards.int.spec.ts', { returns: 'headers' }),
  guard('T34', `${FETCH}/exchange.ts#readBody`, 'fetch/answers.int.spec.ts', without('sizeBytes > maxBytes ||', '')),
  guard('T35', `${GUARDS}/flow-guard.ts#flowStop`, 'guards/flow-guard.spec.ts'),
  guard('T50', `${GUARDS}/content-guard.ts#typeStop`, 'guards/guards.int.spec.ts'),
  guard('T50', `${GUARDS}/content-guard.ts#sniffStop`, 'guards/guards.int.spec.ts'),
  guard('T43', `${FETCH}/fact.ts#publicDetail`, 'fetch/refusals.int.spec.ts', { returns: 'data.detail' }),
  guard('T38', `${FETCH}/pipeline.ts#withoutQuery`, 'fetch/fetch-calls.int.spec.ts', { returns: 'href' }),
  guard('T48', `${FETCH}/grant-guard.ts#grantStop`, 'fetch/grant-guard.spec.ts'),
  guard('T24 T25 T32', `${PROXY}/raw-request.ts#fieldProblem`, 'proxy/raw-request.spec.ts'),
  guard('T24', `${PROXY}/raw-request.ts#forwardProblem`, 'proxy/raw-request.spec.ts'),
  guard('T24', `${PROXY}/raw-request.ts#tunnelProblem`, 'proxy/raw-request.spec.ts'),
  guard('T24', `${PROXY}/raw-request.ts#hostProblem`, 'proxy/raw-request.spec.ts'),
  guard('T29', `${GUARDS}/loop-guard.ts#isLoop`, 'proxy/raw-request.spec.ts', { returns: 'false' }),
  guard('T27', `${PROXY}/hello-gate.ts#helloProblem`, 'proxy/hello-gate.spec.ts'),
  guard('T27', `${PROXY}/hello-gate.ts#isHelloRetry`, 'proxy/hello-gate.spec.ts', { returns: 'false' }),
  guard('T27', `${PROXY}/tunnel.ts#literalStop`, 'proxy/tunnel.int.spec.ts'),
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
    'services/run-orchestrator/src/steps/forwarded-step.ts#forwardedStepExecutor',
    'steps/forwarded-step.spec.ts',
    without('&& session.tokenSha256 === tokenSha256'),
  ),
  guard('T39', `${SECRETS}/binding-guard.ts#isBound`, 'secrets/guards.spec.ts', { returns: 'true' }),
  guard('T39', `${SECRETS}/binding-guard.ts#bindingStop`, 'secrets/injection.int.spec.ts'),
  guard('T15 T39', `${SECRETS}/binding-guard.ts#mayCarry`, 'secrets/injection.int.spec.ts', { returns: 'true' }),
  guard('T40', `${SECRETS}/credential-guard.ts#withoutCredentials`, 'secrets/guards.spec.ts', { returns: 'headers' }),
  guard('T26', `${SECRETS}/secret-value.ts#valueProblem`, 'secrets/injection.int.spec.ts'),
  guard('T26', `${SECRETS}/secret-value.ts#fieldProblem`, 'secrets/injection.int.spec.ts'),
  guard('T38', `${SECRETS}/sources/secret-file.ts#filePlaceProblem`, 'secrets/injection.int.spec.ts'),
  guard('T37', `${SECRETS}/echo-guard.ts#headEchoStop`, 'secrets/echo.int.spec.ts'),
  guard('T37', `${SECRETS}/echo-guard.ts#bodyEchoStop`, 'secrets/echo.int.spec.ts'),
  guard(
    'T37',
    `${SECRETS}/held.ts#held`,
    'secrets/echo.int.spec.ts',
    without('replaced = [...replaced, { secret: known, untilMs: elapsedMs() + LOOKED_FOR_MS }]', 'known.erase()'),
  ),
  guard('T38', `${SECRETS}/own-call.ts#shown`, 'secrets/vault.int.spec.ts', {
    returns:
      "{ status: head.status, url: url?.href ?? '', headers: {}, bodyEncoding: 'utf8', sizeBytes: body.length, sha256: 'x', redirects: 0 }",
  }),
  guard('T39', `${SECRETS}/own-call.ts#forbidden`, 'secrets/vault.int.spec.ts'),
  guard(
    'T38',
    `${SECRETS}/secret-desk.ts#secretDesk`,
    'secrets/injection.int.spec.ts',
    without('if (inPack) throw new Error(`the secret ${reference.name} ${inPack}`);'),
  ),
  guard('T39', `${POLICY}/secret-settings.ts#secretProblems`, 'policy/src/secret-settings.spec.ts', { returns: '[]' }),
  guard('T39', `${POLICY}/secret-settings.ts#secretRuleProblems`, 'policy/src/secret-settings.spec.ts', {
    returns: '[]',
  }),
];

/** What is quick and needs no sockets: tried with every run of the tests. */
export const QUICK_MUTATIONS = GUARD_MUTATIONS.filter(({ name }) =>
  ['chainStop', 'peerStop', 'grantStop', 'isBound'].includes(name),
);
