import { BODIES, FETCH, guard, GUARDS, MODELS, POLICY, PROXY, SECRETS, without, type Mutation } from './mutation.ts';

const ADDRESSES = [`${POLICY}/address-class.ts`, 'policy/src/address-class.spec.ts'] as const;
const URLS = [`${POLICY}/canonical-url.ts`, 'policy/src/canonical-url.spec.ts'] as const;
const HELLO = [`${PROXY}/client-hello.ts`, 'proxy/client-hello.spec.ts'] as const;
const RAW = [`${PROXY}/raw-request.ts`, 'proxy/raw-request.spec.ts'] as const;

type Place = readonly [file: string, test: string];
/** One stretch of a function, or of a table, becomes another. */
const part = (
  traps: string,
  [file, test]: Place,
  [name, from, to = '']: readonly [string, string, string?],
): Mutation => guard(traps, `${file}#${name}`, test, without(from, to));
const answers = (traps: string, [file, test]: Place, [name, returns]: readonly [string, string]): Mutation =>
  guard(traps, `${file}#${name}`, test, { returns });

/** Where an address leads, and how it is written. */
const PLACES: readonly Mutation[] = [
  part('T1', URLS, ['build', 'isIP(host) !== 0', 'false']),
  answers('T17 T18', URLS, ['canonicalHost', 'hostname']),
  part('T17', URLS, ['isLabel', " && !(label.startsWith('xn--') && domainToUnicode(label) === label)"]),
  answers('T22', URLS, ['canonicalPath', 'path']),
  part('T2', ADDRESSES, ['parseAddress', " && !text.includes('%')"]),
  answers('T5', ADDRESSES, ['withHexTail', 'ip']),
  part('T3', ADDRESSES, ['NAMES', "unspecified: 'unspecified'", "unspecified: 'public'"]),
  part('T4', ADDRESSES, ['classifyIpv6', 'address.isIPv4MappedAddress()', 'false']),
  part('T5', ADDRESSES, ['classOf', '!within(address, GLOBAL_UNICAST)', 'false']),
  part('T6 T7', ADDRESSES, ['classifyIpv6', 'if (!transition)', 'if (transition)']),
  part('T6', ADDRESSES, ['TRANSITION', "ipaddr.parseCIDR('64:ff9b:1::/48')", "ipaddr.parseCIDR('64:ff9b:1::/128')"]),
  part('T7', ADDRESSES, ['TRANSITION', "ipaddr.parseCIDR('2002::/16')", "ipaddr.parseCIDR('2002::/128')"]),
  part('T7', ADDRESSES, ['TRANSITION', "ipaddr.parseCIDR('2001::/32')", "ipaddr.parseCIDR('2001::/128')"]),
  part('T7', ADDRESSES, ['TRANSITION', "ipaddr.parseCIDR('::ffff:0:0:0/96')", "ipaddr.parseCIDR('::ffff:0:0:0/128')"]),
  part('T8', ADDRESSES, ['classOf', "?? 'reserved'", "?? 'public'"]),
  part('T9', ADDRESSES, ['classOf', "if (within(address, METADATA)) return 'metadata';"]),
  part('T10', ADDRESSES, ['NAMES', "carrierGradeNat: 'shared'", "carrierGradeNat: 'public'"]),
  part('T10', ADDRESSES, ['NAMES', "broadcast: 'multicast'", "broadcast: 'public'"]),
  part('T10', ADDRESSES, ['NAMES', " multicast: 'multicast'", " multicast: 'public'"]),
  answers('T14', [`${POLICY}/address-class.ts`, 'fetch/dial.spec.ts'], ['sameAddress', 'true']),
  answers('T3-T10', [`${POLICY}/dial.ts`, 'policy/src/dial.spec.ts'], ['opens', 'true']),
  part(
    'T11',
    [`${POLICY}/dial.ts`, 'policy/src/dial.spec.ts'],
    ['mayDial', '!sameAddress(destination.address, ip)', 'false'],
  ),
  part(
    'T12',
    [`${FETCH}/checked-address.ts`, 'fetch/refusals.int.spec.ts'],
    [
      'addressFor',
      'if (known === undefined) halt(beforeDns?.());',
      'if (known === undefined) halt(beforeDns?.());\n  await resolve(url.host, signal).catch(() => undefined);',
    ],
  ),
  part(
    'T11',
    [`${FETCH}/address-guard.ts`, 'fetch/refusals.int.spec.ts'],
    ['addressStop', 'of addresses)', 'of addresses.slice(0, 1))'],
  ),
  part(
    'T45',
    [`${FETCH}/resolve.ts`, 'fetch/resolve.int.spec.ts'],
    ['askAbout', "if (unknown !== '' && !NO_RECORDS.includes(unknown)) throw failed(name, [unknown]);"],
  ),
  part('T41', [`${FETCH}/request-out.ts`, 'fetch/refusals.int.spec.ts'], ['requestOut', 'halt(ruling.stop);']),
  answers('T41', [`${GUARDS}/name-guard.ts`, 'guards/guards.int.spec.ts'], ['isSpelledOut', 'true']),
  part('T15', [`${FETCH}/outside.ts`, 'fetch/refusals.int.spec.ts'], ['ruling', ' && agreed === rule']),
];

/** What goes over the wire, and what comes back. */
const WIRE: readonly Mutation[] = [
  part(
    'T44',
    [`${FETCH}/dial.ts`, 'fetch/tls.int.spec.ts'],
    ['dial', "minVersion: 'TLSv1.2',", "minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0',"],
  ),
  part(
    'T34',
    [`${FETCH}/exchange.ts`, 'fetch/answers.int.spec.ts'],
    ['exchange', 'maxHeaderSize: MAX_HEADER_BYTES', 'maxHeaderSize: 1_000_000'],
  ),
  part(
    'T34',
    [`${FETCH}/exchange.ts`, 'fetch/answers.int.spec.ts'],
    ['watchWire', 'Math.min(maxWireBytes, 2 * maxBodyBytes + WIRE_OVERHEAD_BYTES)', 'maxWireBytes'],
  ),
  part(
    'T34',
    [`${FETCH}/response-guard.ts`, 'fetch/answers.int.spec.ts'],
    ['headStop', 'headerCount > MAX_HEADERS', 'false'],
  ),
  part(
    'T33',
    [`${FETCH}/response-guard.ts`, 'fetch/answers.int.spec.ts'],
    ['headStop', "encoding !== 'identity'", 'false'],
  ),
  part(
    'T35',
    [`${FETCH}/fetch-calls.ts`, 'fetch/answers.int.spec.ts'],
    ['fetchCalls', 'Math.min(ownLimitMs, Date.parse(call.grant.deadlineAt) - Date.parse(now))', 'ownLimitMs'],
  ),
  answers('T50', [`${GUARDS}/content-guard.ts`, 'guards/content-guard.spec.ts'], ['svgLie', 'undefined']),
  answers('T50', [`${GUARDS}/content-guard.ts`, 'guards/content-guard.spec.ts'], ['markupLie', 'undefined']),
  answers('T50', [`${GUARDS}/content-guard.ts`, 'guards/content-guard.spec.ts'], ['isBinary', 'false']),
  part(
    'T42',
    [`${BODIES}/referred-body.ts`, 'bodies/large-bodies.int.spec.ts'],
    ['referredBody', 'bytes.length === 0 || (offset >= sizeBytes && !isWhole)', 'false'],
  ),
  part(
    'T34',
    [`${BODIES}/kept-body.ts`, 'bodies/large-bodies.int.spec.ts'],
    ['keptBody', 'grant.reserved?.storedBytes ?? 0', '2 ** 40'],
  ),
  part(
    'T42',
    [`${MODELS}/model-request.ts`, 'models/models.int.spec.ts'],
    ['modelRequestStop', '!TOOL_TYPES[dialect].includes(typeOf(one))', 'false'],
  ),
  part(
    'T42',
    [`${MODELS}/model-request.ts`, 'models/models.int.spec.ts'],
    ['modelRequestStop', "!CONTENT_TYPES.includes(typeOf(one) ?? '')", 'false'],
  ),
];

/** The forward proxy. */
const DOOR: readonly Mutation[] = [
  part(
    'T25',
    [`${PROXY}/server-options.ts`, 'proxy/forward.int.spec.ts'],
    ['SERVER_OPTIONS', 'insecureHTTPParser: false', 'insecureHTTPParser: true'],
  ),
  part(
    'T42',
    [`${PROXY}/request-body.ts`, 'proxy/forward.int.spec.ts'],
    [
      'requestBody',
      'if (announced !== undefined && announced > Math.max(heldBytes, passedBytes)) return refused(limits);',
    ],
  ),
  part('T24', RAW, ['fieldProblem', 'double !== undefined', 'false']),
  part('T25', RAW, ['fieldProblem', "coding !== undefined && coding !== 'chunked'", 'false']),
  part('T25', RAW, ['fieldProblem', "coding !== undefined && valuesOf(raw, 'content-length').length > 0", 'false']),
  part('T32', RAW, ['fieldProblem', "valuesOf(raw, 'upgrade').length > 0", 'false']),
  part('T24 T25', RAW, ['sendable', ' && !ownToHop.includes(name)']),
  part('T27', HELLO, [
    'handshakeMessage',
    "if (message.length > size) throw new NotClear('something follows the ClientHello in its own record');",
  ]),
  part('T27', HELLO, ['namesIn', "if (byType.has(type)) throw new NotClear('an extension is there twice');"]),
  part('T27', HELLO, ['namesIn', 'ENCRYPTED_NAMES.some((type) => byType.has(type))', 'false']),
  part('T27', HELLO, ['hostName', '!isHostName || !list.isEmpty() || !outer.isEmpty()', 'false']),
  part('T27', HELLO, ['hostName', '!/^[A-Za-z0-9._-]{1,253}$/.test(name)', 'false']),
  part('T42', [`${PROXY}/tunnel.ts`, 'proxy/tunnel.int.spec.ts'], ['joined', 'meter.in > limits.bytesIn', 'false']),
  part(
    'T42',
    [`${PROXY}/tunnel.ts`, 'proxy/tunnel-flow.int.spec.ts'],
    ['joined', 'meter.out > limits.bytesOut', 'false'],
  ),
  part('T27', [`${PROXY}/tunnel.ts`, 'proxy/tunnel.int.spec.ts'], ['holdTunnel', 'halt(decided.stop);']),
  part(
    'T28',
    [`${PROXY}/waiting-connections.ts`, 'proxy/waiting-connections.spec.ts'],
    ['waitingConnections', 'waiting.inputDigest !== inputDigest || granted !== inputDigest', 'false'],
  ),
  part('T28', [`${PROXY}/credential.ts`, 'proxy/credential.spec.ts'], ['credentialOf', ' || !TOKEN.test(token)']),
  part(
    'T28',
    ['services/run-orchestrator/src/steps/forwarded-step.ts', 'steps/forwarded-step.spec.ts'],
    ['runOf', " && session.state === 'open'"],
  ),
  part(
    'T29',
    ['services/egress-proxy/src/config.ts', 'egress-proxy/src/config.spec.ts'],
    ['shape', '...Object.fromEntries(PROXY_VARIABLES.map((name) => [name, unsetProxy])),'],
  ),
  part(
    'T44',
    ['services/egress-proxy/src/config.ts', 'egress-proxy/src/config.spec.ts'],
    [
      'shape',
      ".undefined({\n      error: 'must not be set: certificates are always checked; name your own authority in CAUSEWAY_EGRESS_CA_FILE',\n    })",
      '.any()',
    ],
  ),
];

/** Secrets: where they go, and that they do not come back. */
const CARRIED: readonly Mutation[] = [
  answers('T39', [`${POLICY}/secret-binding.ts`, 'secrets/guards.spec.ts'], ['isBelow', 'path.startsWith(prefix)']),
  part('T38', [`${SECRETS}/own-call.ts`, 'secrets/vault.int.spec.ts'], ['make', 'halt(forbidden(way, request, hop));']),
  part(
    'T26',
    [`${SECRETS}/sources/secret-file.ts`, 'secrets/injection.int.spec.ts'],
    ['checked', 'if (problem === undefined) return value;', 'return value;'],
  ),
  answers('T37', [`${SECRETS}/echo/forms.ts`, 'echo/echo-scan.prop.spec.ts'], ['base64Forms', '[]']),
  part(
    'T37',
    [`${SECRETS}/echo/echo-scan.ts`, 'echo/echo-scan.prop.spec.ts'],
    ['ESCAPINGS', "'percent in escapes': [backslash, percent],"],
  ),
  part('T37', [`${SECRETS}/echo/echo-scan.ts`, 'echo/echo-scan.prop.spec.ts'], ['ESCAPINGS', 'markup: [entity],']),
  part(
    'T40',
    [`${SECRETS}/inject.ts`, 'secrets/guards.spec.ts'],
    ['injectSecret', 'withoutCredentials(request.headers, field === undefined ? [] : [field])', 'request.headers'],
  ),
];

/** What is one guard among others in its function: each line, and each entry of a table, that stands in the way of something of its own. */
export const PARTS_OF_GUARDS: readonly Mutation[] = [...PLACES, ...WIRE, ...DOOR, ...CARRIED];
