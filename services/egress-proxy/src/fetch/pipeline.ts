import type { FetchResult, StepGrant } from '@causeway/contracts';
import { canonicalUrl, namedDestination, type CanonicalUrl, type Decision, type Policy } from '@causeway/policy';
import { passing } from '@causeway/messaging';
import { createHash } from 'node:crypto';
import { VIA } from '../guards/loop-guard.ts';
import { sniffStop, typeStop } from '../guards/content-guard.ts';
import { isSpelledOut, nameCountStop, nameShapeStop, type NamesOfRuns } from '../guards/name-guard.ts';
import { portStop } from '../guards/port-guard.ts';
import { selfStop, type OwnEndpoints } from '../guards/self-guard.ts';
import { addressStop, chosenAddress, knownAddress, nameStop, type AddressRules } from './address-guard.ts';
import { encodeBody } from './body-encoding.ts';
import type { Dial } from './dial.ts';
import { exchange, type Exchanged } from './exchange.ts';
import { FetchStopped, halt, stop, type Stop } from './fetch-stop.ts';
import { isRedirect, redirectOf, type Hop } from './redirect.ts';
import { requestStop, type FetchRequest } from './request-guard.ts';
import { headStop, mediaTypeOf, shownHeaders } from './response-guard.ts';
import type { Resolve } from './resolve.ts';

export type Outside = {
  readonly policy: Policy;
  readonly rules: AddressRules;
  readonly resolve: Resolve;
  readonly authorities: readonly string[] | undefined;
  readonly dial: Dial;
  readonly names: NamesOfRuns;
  /** Asked for each dial: interfaces come and go. */
  readonly own: () => OwnEndpoints;
};

/** What is known of a call so far; a refusal half-way is recorded with it. */
export type Trace = {
  url?: CanonicalUrl;
  rule: string;
  readonly hops: { url: string; address?: string; rule: string; status?: number }[];
  bytesIn: number;
  bytesOut: number;
  /** Any byte of the request may have left. */
  sent: boolean;
};

export const newTrace = (rule: string): Trace => ({ rule, hops: [], bytesIn: 0, bytesOut: 0, sent: false });

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
  let hop = firstHop(call, trace);
  for (let redirects = 0; ; redirects++) {
    const { head, body } = await oneHop(outside, { ...call, hop, isFirst: redirects === 0 }, trace);
    passing('after-effect', call.grant);
    if (call.face === 'forward') return resultOf(hop, { head, body }, redirects);
    const next = redirectOf(hop, head, { taken: redirects, max: egress.maxRedirects });
    if (next.kind === 'stop') throw new FetchStopped(next.stop);
    if (next.kind === 'none') return resultOf(hop, { head, body }, redirects);
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

type HopCall = PipelineCall & { readonly hop: Hop; readonly isFirst: boolean };

async function oneHop(outside: Outside, call: HopCall, trace: Trace): Promise<Exchanged> {
  const { hop, signal } = call;
  const entry: Trace['hops'][number] = { url: withoutQuery(hop.url), rule: '' };
  trace.hops.push(entry);
  const decided = decide(outside.policy, call);
  entry.rule = trace.rule = decided.rule;
  halt(decided.stop);
  const ip = await checkedAddress(outside, { ...call, url: hop.url, ports: outside.policy.pack.egress.ports });
  entry.address = ip;
  const maxBodyBytes = Math.min(outside.policy.pack.egress.maxResponseBytes, call.grant.byteAllowance);
  const { minBytesPerSecond, flowGraceMs } = outside.policy.pack.egress;
  const taken = outside.policy.pack.rules.find(({ id }) => id === decided.rule)?.contentTypes;
  const answered = await exchange(hop, {
    ...{ ip, signal, maxBodyBytes, authorities: outside.authorities, dial: outside.dial },
    flow: { minBytesPerSecond, graceMs: flowGraceMs },
    onHead: (head) => {
      entry.status = head.status;
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
  return answered;
}

/** What a human agreed to is the request as it was; a redirect that would need another agreement is refused. */
function decide(
  policy: Policy,
  { hop, grant, isFirst, face = 'fetch' }: HopCall,
): { readonly rule: string; readonly stop?: Stop } {
  const { method, url, body } = hop;
  const question = { action: ACTIONS[face], agentId: grant.agentId, method, url, hasBody: body !== undefined };
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

type AddressQuestion = Pick<PipelineCall, 'grant' | 'signal'> & {
  readonly url: CanonicalUrl;
  /** Ports that may be dialled besides those of named destinations. */
  readonly ports: readonly number[];
};

/** The address to dial. Whatever can be refused without DNS is refused before DNS is asked. */
export async function checkedAddress(
  outside: Outside,
  { url, ports, grant, signal }: AddressQuestion,
): Promise<string> {
  const { rules, resolve, own } = outside;
  const known = knownAddress(url, rules);
  halt(known === undefined ? nameStop(url) : addressStop(url, [known], rules));
  halt(portStop(url, { ports, named: rules.named }));
  if (known === undefined) halt(wildcardStop(outside, url.host, grant.runId));
  const addresses = known === undefined ? await resolve(url.host, signal) : [known];
  halt(addressStop(url, addresses, rules));
  const ip = chosenAddress(addresses);
  if (ip === undefined) throw new FetchStopped(stop('DNS_FAILED', 'resolve', `there is no address for ${url.host}`));
  const isNamed = namedDestination(url.host, url.port, rules.named) !== undefined;
  halt(selfStop({ ip, port: url.port, isNamed }, own()));
  return ip;
}

function wildcardStop({ policy: { pack }, names }: Outside, host: string, runId: string): Stop | undefined {
  if (isSpelledOut(host, pack.rules)) return undefined;
  const { maxWildcardNames } = pack.egress;
  return nameShapeStop(host) ?? nameCountStop(names.add(runId, host, maxWildcardNames), maxWildcardNames);
}

function resultOf({ url }: Hop, { head, body }: Exchanged, redirects: number): FetchResult {
  const contentType = mediaTypeOf(head.headers);
  return {
    status: head.status,
    url: url.href,
    headers: shownHeaders(head.headers),
    ...(contentType ? { contentType } : {}),
    ...encodeBody(body, contentType),
    sizeBytes: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    redirects,
  };
}

/** An address for the ledger: the values of a query may be secret. */
export const withoutQuery = ({ href }: CanonicalUrl): string => href.split('?', 1)[0] ?? href;
