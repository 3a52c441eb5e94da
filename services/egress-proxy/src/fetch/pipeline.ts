import type { FetchResult, StepGrant } from '@causeway/contracts';
import {
  canonicalUrl,
  contentTypeOf,
  fetchLimits,
  type CanonicalUrl,
  type Decision,
  type FetchLimits,
  type Policy,
} from '@causeway/policy';
import { passing } from '@causeway/messaging';
import { createHash } from 'node:crypto';
import { keptBody, type KeptBody } from '../bodies/kept-body.ts';
import type { LargeBodies } from '../bodies/large-bodies.ts';
import { referredBody } from '../bodies/referred-body.ts';
import { VIA } from '../guards/loop-guard.ts';
import { sniffStop, typeStop } from '../guards/content-guard.ts';
import { isSpelledOut, nameCountStop, nameShapeStop, type NamesOfRuns } from '../guards/name-guard.ts';
import { ruleBodyStop, ruleOriginStop } from '../guards/rule-guard.ts';
import { bodyEchoStop, headEchoStop } from '../secrets/echo-guard.ts';
import type { SecretDesk } from '../secrets/secret-desk.ts';
import { encodeBody } from './body-encoding.ts';
import { addressFor, type AddressQuestion, type Way } from './checked-address.ts';
import { exchange, type Exchanged } from './exchange.ts';
import { FetchStopped, halt, stop, type Stop } from './fetch-stop.ts';
import { isRedirect, redirectOf, type Hop } from './redirect.ts';
import { requestStop, type FetchRequest } from './request-guard.ts';
import { headStop, mediaTypeOf, shownHeaders } from './response-guard.ts';
import type { Trace } from './trace.ts';

/** What is out there for every request, whatever its policy. */
export type Surroundings = Omit<Way, 'policy'> & {
  readonly names: NamesOfRuns;
  /** Where bodies are kept that do not fit a reply, and where those come from that are sent by reference. */
  readonly bodies: LargeBodies;
};
/** The same under the policy of one grant. */
export type Governed = Surroundings & Pick<Way, 'policy'>;
export type Outside = Governed & { readonly secrets: SecretDesk };

/** The way by which a request comes in. */
export type Face = 'fetch' | 'forward';
const ACTIONS = { fetch: 'network.http-fetch', forward: 'network.forward' } as const;

export type PipelineCall = {
  readonly face?: Face;
  readonly grant: StepGrant;
  readonly request: FetchRequest;
  readonly signal: AbortSignal;
};

/**
 * The one way out, in this order: request guards, address, policy, DNS, address classes, dialling the checked address, the exchange, response
 * guards, and for a redirect from the address on again. Policy is asked before DNS: a refused name is not even looked up. Throws FetchStopped.
 */
export async function sendOut(outside: Outside, call: PipelineCall, trace: Trace): Promise<FetchResult> {
  const { egress } = outside.policy.pack;
  halt(requestStop(call.request, egress));
  let hop = await withBody(outside, call, firstHop(call, trace));
  if (hop.referred) trace.sentSha256 = hop.referred.sha256;
  for (let redirects = 0; ; redirects++) {
    const { head, body, limits, kept } = await oneHop(outside, { ...call, hop, isFirst: redirects === 0 }, trace);
    passing('after-effect', call.grant);
    if (call.face === 'forward') return resultOf(hop, { head, body }, redirects);
    const next = redirectOf(hop, head, { taken: redirects, max: limits.maxRedirects });
    if (next.kind === 'stop') throw new FetchStopped(next.stop);
    if (next.kind === 'none') return resultOf(hop, { head, body, kept }, redirects);
    halt(ruleOriginStop(hop.url, next.hop.url, limits));
    hop = next.hop;
  }
}

function firstHop({ request, face }: PipelineCall, trace: Trace): Hop {
  const { url: raw, method, body } = request;
  const read = canonicalUrl(raw);
  if (!read.ok) throw new FetchStopped(stop('URL_REFUSED', 'url', `the address is not used: ${read.detail}`));
  trace.url = read.url;
  const headers = face === 'forward' ? { ...request.headers, via: VIA } : request.headers;
  return { url: read.url, method, headers, body };
}

/** The request with the resource that it names as its body. */
async function withBody({ bodies, policy }: Outside, { grant, request, signal }: PipelineCall, hop: Hop): Promise<Hop> {
  const { bodyRef: resourceId } = request;
  if (resourceId === undefined) return hop;
  const { maxSentBytes } = policy.pack.egress;
  const referred = await referredBody(bodies, { resourceId, grant, maxSentBytes, signal });
  return { ...hop, headers: { 'content-type': referred.mediaType, ...hop.headers }, referred };
}

type Received = Exchanged & { readonly kept?: KeptBody | undefined };
type HopCall = PipelineCall & { readonly hop: Hop; readonly isFirst: boolean };

type HopEnd = Received & { readonly limits: FetchLimits };

async function oneHop(outside: Outside, call: HopCall, trace: Trace): Promise<HopEnd> {
  const { hop, signal, grant } = call;
  const { secrets } = outside;
  const earlier = [...trace.hops];
  const entry: Trace['hops'][number] = { url: withoutQuery(hop.url), rule: '' };
  trace.hops.push(entry);
  const decided = decide(outside.policy, call);
  entry.rule = trace.rule = decided.rule;
  halt(decided.stop);
  const limits = fetchLimits(outside.policy.pack, decided.rule);
  halt(ruleBodyStop(hop.body, limits));
  const ip = await checkedAddress(outside, { ...call, url: hop.url, ports: outside.policy.pack.egress.ports });
  entry.address = ip;
  const { rule } = decided;
  const carried = await secrets.prepare({ rule, method: hop.method, url: hop.url, grant, earlier });
  if (carried.secret !== undefined) entry.secret = carried.secret;
  const [headScan, bodyScan] = [secrets.scan(), secrets.scan()];
  const narrowed = limits.maxResponseBytes < outside.policy.pack.egress.maxResponseBytes;
  const ruleBytes = narrowed ? limits.maxResponseBytes : undefined;
  const { maxBodyBytes, overflow, end } = keptBody(outside, { ...call, ruleBytes, ref: withoutQuery(hop.url) });
  const { minBytesPerSecond, flowGraceMs } = outside.policy.pack.egress;
  const taken = outside.policy.pack.rules.find(({ id }) => id === decided.rule)?.contentTypes;
  const answered = await exchange(hop, {
    ...{ ip, signal, maxBodyBytes, overflow, authorities: outside.authorities, dial: outside.dial },
    flow: { minBytesPerSecond, graceMs: flowGraceMs },
    fieldsOf: carried.inject,
    onBytes: (chunk) => halt(bodyEchoStop(chunk, bodyScan)),
    onHead: (head) => {
      entry.status = head.status;
      halt(headEchoStop(head, headScan));
      if (head.status === 401 && carried.secret !== undefined) secrets.refused(carried.secret);
      const leave = call.face !== 'forward' && isRedirect(head, hop.method);
      halt(headStop(head, leave || hop.method === 'HEAD' ? Number.MAX_SAFE_INTEGER : maxBodyBytes));
      if (!leave && head.status < 300) halt(typeStop(mediaTypeOf(head.headers), taken));
      return leave ? 'leave' : 'read';
    },
    onSending: () => {
      passing('before-effect', call.grant);
      trace.sent = true;
    },
    onMetered: ({ bytesIn, bytesOut }) => {
      trace.bytesIn += bytesIn;
      trace.bytesOut += bytesOut;
    },
  });
  halt(sniffStop(answered.body, mediaTypeOf(answered.head.headers)));
  return { ...answered, limits, kept: await end() };
}

/** What a human agreed to is the request as it was; a redirect that would need another agreement is refused. */
function decide(
  policy: Policy,
  { hop, grant, isFirst, face = 'fetch' }: HopCall,
): { readonly rule: string; readonly stop?: Stop } {
  const { method, url, headers, body, referred } = hop;
  const asked = { action: ACTIONS[face], agentId: grant.agentId, method, url };
  const question = { ...asked, hasBody: (body ?? referred) !== undefined, contentType: contentTypeOf(headers) };
  return ruling(policy.decideFetch(question), isFirst ? grant.rule : undefined);
}

/** @param agreed the rule that the grant was given under, where a person's agreement to it counts */
export function ruling(
  decision: Decision,
  agreed: string | undefined,
): { readonly rule: string; readonly stop?: Stop } {
  const { verdict, rule, reason, allowed } = decision;
  const isAgreed = verdict === 'ask' && agreed === rule;
  if (verdict === 'allow' || isAgreed) return { rule };
  const detail = verdict === 'ask' ? `${reason} This needs an approval of its own.` : reason;
  return { rule, stop: { code: 'POLICY_DENIED', stage: 'policy', detail, rule, allowed } };
}

type HopAddress = Pick<PipelineCall, 'grant' | 'signal'> & Pick<AddressQuestion, 'url' | 'ports'>;

/** The address to dial. Whatever can be refused without DNS is refused before DNS is asked, a name under a wildcard included. */
export const checkedAddress = (outside: Governed, { url, ports, grant, signal }: HopAddress): Promise<string> =>
  addressFor(outside, { url, ports, signal, beforeDns: () => wildcardStop(outside, url.host, grant.runId) });

function wildcardStop({ policy: { pack }, names }: Governed, host: string, runId: string): Stop | undefined {
  if (isSpelledOut(host, pack.rules)) return undefined;
  const { maxWildcardNames } = pack.egress;
  return nameShapeStop(host) ?? nameCountStop(names.add(runId, host, maxWildcardNames), maxWildcardNames);
}

function resultOf({ url }: Hop, { head, body, kept }: Received, redirects: number): FetchResult {
  const contentType = mediaTypeOf(head.headers);
  return {
    status: head.status,
    url: url.href,
    headers: shownHeaders(head.headers),
    ...(contentType ? { contentType } : {}),
    ...(kept ?? inLine(body, contentType)),
    redirects,
  };
}

const inLine = (body: Uint8Array, contentType: string | undefined) => ({
  ...encodeBody(body, contentType),
  sizeBytes: body.length,
  sha256: createHash('sha256').update(body).digest('hex'),
});

/** An address for the ledger: the values of a query may be secret. */
export const withoutQuery = ({ href }: CanonicalUrl): string => href.split('?', 1)[0] ?? href;
