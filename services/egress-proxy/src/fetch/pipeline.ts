import type { FetchResult, StepGrant } from '@causeway/contracts';
import {
  canonicalUrl,
  contentTypeOf,
  fetchLimits,
  type FetchLimits,
  type Policy,
  type PolicyPack,
  type SecretReference,
} from '@causeway/policy';
import { passing } from '@causeway/messaging';
import { createHash } from 'node:crypto';
import { keptBody, type BodyRoom, type KeptBody } from '../bodies/kept-body.ts';
import { passedAnswer, type AnswerSink } from '../bodies/passed-answer.ts';
import { passedBody, passedBodyStop } from '../bodies/passed-body.ts';
import { referredBody } from '../bodies/referred-body.ts';
import { VIA } from '../guards/loop-guard.ts';
import { sniffStop, typeStop } from '../guards/content-guard.ts';
import { ruleBodyStop, ruleOriginStop } from '../guards/rule-guard.ts';
import { encodeBody } from './body-encoding.ts';
import type { Exchanged } from './exchange.ts';
import { FetchStopped, halt, stop } from './fetch-stop.ts';
import { ruling, type Outside, type Ruling } from './outside.ts';
import { isRedirect, redirectOf, type Hop } from './redirect.ts';
import { requestStop, type FetchRequest } from './request-guard.ts';
import { requestOut, withoutQuery, type Taking } from './request-out.ts';
import { headStop, mediaTypeOf, shownHeaders } from './response-guard.ts';
import type { Trace } from './trace.ts';

/** The way by which a request comes in. */
export type Face = 'fetch' | 'forward';
const ACTIONS = { fetch: 'network.http-fetch', forward: 'network.forward' } as const;

export type PipelineCall = {
  readonly face?: Face;
  readonly grant: StepGrant;
  readonly request: FetchRequest;
  readonly signal: AbortSignal;
  /** Who reads a large answer while it comes in. */
  readonly sink?: AnswerSink | undefined;
};

/**
 * The one way out, in this order: request guards, address, policy, DNS, address classes, dialling the checked address, the exchange, response
 * guards, and for a redirect from the address on again. Policy is asked before DNS: a refused name is not even looked up. Throws FetchStopped.
 */
export async function sendOut(outside: Outside, call: PipelineCall, trace: Trace): Promise<FetchResult> {
  const { egress } = outside.policy.pack;
  halt(requestStop(call.request, egress));
  let hop = await withBody(outside, call, firstHop(call, trace));
  if (hop.inPieces?.sha256 !== undefined) trace.sentSha256 = hop.inPieces.sha256;
  for (let redirects = 0; ; redirects++) {
    const { head, body, limits, kept } = await oneHop(outside, { ...call, hop, isFirst: redirects === 0 }, trace);
    passing('after-effect', call.grant);
    if (call.face === 'forward') return resultOf(hop, { head, body, kept }, redirects);
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
  return { ...hop, headers: { 'content-type': referred.mediaType, ...hop.headers }, inPieces: referred };
}

type Received = Exchanged & { readonly kept?: KeptBody | undefined };
type HopCall = PipelineCall & { readonly hop: Hop; readonly isFirst: boolean };

type HopEnd = Received & { readonly limits: FetchLimits };

async function oneHop(outside: Outside, call: HopCall, trace: Trace): Promise<HopEnd> {
  const { hop, signal, grant } = call;
  const { pack } = outside.policy;
  const { rule, stop: refused } = decide(outside.policy, call);
  const limits = fetchLimits(pack, rule);
  const maxBytes = passedBytes(outside, { ...call, limits });
  const against =
    refused ?? ruleBodyStop(hop.body, limits) ?? passedBodyStop(call.request.coming?.sizeBytes ?? 0, maxBytes);
  const decided = { rule, ...(against ? { stop: against } : {}) };
  const sent = withComing(hop, outside, { ...call, maxBytes, trace });
  const taking = (left: StepGrant) => takingOf(outside, { ...call, grant: left }, { rule, limits });
  const request = { grant, signal, hop: sent, ruling: decided, reference: secretOf(pack, rule), taking };
  const { head, body, taking: taken } = await requestOut(outside, request, trace);
  halt(sniffStop(body, mediaTypeOf(head.headers)));
  return { head, body, limits, kept: await taken.end() };
}

/** The secret that a rule names. */
function secretOf({ rules, secrets }: PolicyPack, rule: string): SecretReference | undefined {
  const named = rules.find(({ id }) => id === rule)?.secret;
  return secrets.find(({ name }) => name === named);
}

type Limited = { readonly rule: string; readonly limits: FetchLimits };

/** A rule that takes less than the pack has what is larger refused, not kept. */
function takingOf(outside: Outside, call: HopCall, { rule, limits }: Limited): Taking & Pick<BodyRoom, 'end'> {
  const { rules, egress } = outside.policy.pack;
  const { method, url } = call.hop;
  const ruleBytes = limits.maxResponseBytes < egress.maxResponseBytes ? limits.maxResponseBytes : undefined;
  const scan = outside.secrets.scan();
  const isPassedOn = call.face === 'forward';
  const room = isPassedOn
    ? passedAnswer(egress, { ...call, scan, ruleBytes })
    : keptBody(outside, { ...call, ruleBytes, ref: withoutQuery(url) });
  const types = rules.find(({ id }) => id === rule)?.contentTypes;
  return {
    ...room,
    scan,
    flow: { minBytesPerSecond: egress.minBytesPerSecond, graceMs: egress.flowGraceMs },
    onHead: (head) => {
      const leave = !isPassedOn && isRedirect(head, method);
      halt(headStop(head, leave || method === 'HEAD' ? Number.MAX_SAFE_INTEGER : room.maxBodyBytes));
      if (!leave && head.status < 300) halt(typeStop(mediaTypeOf(head.headers), types));
      return leave ? 'leave' : 'read';
    },
  };
}

/** Most bytes of a body that is passed on, by rule, pack and grant. */
function passedBytes({ policy }: Outside, { grant, limits }: HopCall & { readonly limits: FetchLimits }): number {
  const { maxRequestBytes, forwardBytesOut = 0 } = policy.pack.egress;
  const ruleBytes = limits.maxRequestBytes < maxRequestBytes ? limits.maxRequestBytes : forwardBytesOut;
  return Math.min(forwardBytesOut, ruleBytes, grant.reserved?.bytesOut ?? forwardBytesOut);
}

type Coming = HopCall & { readonly maxBytes: number; readonly trace: Trace };

/** The request with the body that comes in while it is sent. */
function withComing(hop: Hop, { spent }: Outside, { request: { coming }, maxBytes, trace }: Coming): Hop {
  if (coming === undefined) return hop;
  const onWhole = (sha256: string): void => void (trace.sentSha256 = sha256);
  return { ...hop, inPieces: passedBody(coming, { maxBytes, spent, onWhole }) };
}

/** What a human agreed to is the request as it was; a redirect that would need another agreement is refused, and so is a body that nobody has seen. */
function decide(policy: Policy, { hop, grant, isFirst, request: { coming }, face = 'fetch' }: HopCall): Ruling {
  const { method, url, headers, body, inPieces } = hop;
  const asked = { action: ACTIONS[face], agentId: grant.agentId, method, url };
  const question = {
    ...asked,
    hasBody: (body ?? inPieces ?? coming) !== undefined,
    contentType: contentTypeOf(headers),
  };
  return ruling(policy.decideFetch(question), isFirst && !coming ? grant.rule : undefined);
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
