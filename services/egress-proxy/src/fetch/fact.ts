import type {
  EgressFact,
  FetchResult,
  ModelUsage,
  fetchForStep,
  Rejection,
  ReplyEnvelope,
  ReplyOf,
  StepGrant,
} from '@causeway/contracts';
import type { CanonicalUrl } from '@causeway/policy';
import { createHash } from 'node:crypto';
import { spentBy } from '../secrets/own-account.ts';
import { isDenial, type FetchCode, type Stop } from './fetch-stop.ts';
import type { Trace } from './trace.ts';
import type { FetchRequest } from './request-guard.ts';

/** The facts of a fetch: a tunnel has one of its own. */
export type FetchFact = Exclude<EgressFact, { type: 'egress.tunnelled' }>;
export type FetchReply = ReplyOf<typeof fetchForStep> & { readonly usage?: ModelUsage };

/** How a call ended, before it is sealed. */
export type Outcome = { readonly trace: Trace; readonly at: string; readonly durationMs: number } & (
  { readonly kind: 'completed'; readonly result: FetchResult } | { readonly kind: 'stopped'; readonly stop: Stop }
);

type Call = { readonly grant: StepGrant; readonly request: FetchRequest };

/** The fact that the ledger keeps of a call. */
export function factOf({ grant, request }: Call, outcome: Outcome): FetchFact {
  const { trace, at, durationMs } = outcome;
  const { callId, runId, stepId, policy } = grant;
  const common = {
    ...{ callId, runId, stepId, method: request.method, policy, rule: trace.rule, hops: trace.hops },
    ...whereTo(trace.url),
    ...{ bytesIn: trace.bytesIn, bytesOut: trace.bytesOut, durationMs, at },
    ...(trace.usage ? { usage: trace.usage } : {}),
    ...(trace.ownCalls ? { ownCalls: trace.ownCalls } : {}),
    ...(trace.madeFor ? { madeFor: trace.madeFor } : {}),
  };
  if (outcome.kind === 'completed')
    return {
      type: 'egress.completed',
      data: { ...common, ...whatCame(outcome.result), ...whatWasSent(request, trace) },
    };
  const { code, stage, detail } = outcome.stop;
  const isKeptBack = code === 'KILLED' && !trace.sent;
  // A body that was found too large on its way had begun to leave.
  const isCutOff = code === 'REQUEST_BODY_TOO_LARGE' && trace.sent;
  if ((isDenial(code) && !isCutOff) || isKeptBack)
    return { type: 'egress.denied', data: { ...common, code, stage, detail } };
  return { type: 'egress.failed', data: { ...common, code, stage, detail, sent: trace.sent } };
}

/** An address that could not be read is not recorded: what it holds is not known. */
export function whereTo(url: CanonicalUrl | undefined) {
  if (!url) return { scheme: '', host: '', port: 0, path: '', queryKeys: [] };
  const { scheme, host, port, path, queryKeys } = url;
  return { scheme, host, port, path, queryKeys: [...queryKeys] };
}

function whatCame({ status, contentType, sha256, sizeBytes, bodyResource }: FetchResult) {
  return {
    status,
    ...(contentType ? { contentType } : {}),
    ...{ responseSha256: sha256, responseSizeBytes: sizeBytes },
    ...(bodyResource ? { bodyResource } : {}),
  };
}

function whatWasSent({ body }: FetchRequest, { sentSha256 }: Trace): { readonly requestSha256?: string } {
  const requestSha256 = body === undefined ? sentSha256 : createHash('sha256').update(body).digest('hex');
  return requestSha256 === undefined ? {} : { requestSha256 };
}

/** The answer to the caller, once the fact is sealed at this position. */
export function replyOf(fact: FetchFact, factPosition: number, outcome?: Outcome): ReplyEnvelope<FetchReply> {
  const { usage } = fact.data;
  const { bytesIn, bytesOut } = spentBy(fact.data);
  if (fact.type === 'egress.completed') {
    const result = outcome?.kind === 'completed' ? outcome.result : resultFromFact(fact);
    const more = { ...ofItsBody(result, fact), ...(usage ? { usage } : {}) };
    return { ok: true, value: { result, bytesIn, bytesOut, ...more, factPosition } };
  }
  const facts = { bytesIn, bytesOut, ...tokensIn(usage), factPosition };
  const more = outcome?.kind === 'stopped' ? whatPolicySays(outcome.stop) : {};
  const rejection: Rejection = isUnknown(fact)
    ? {
        code: 'STEP_OUTCOME_UNKNOWN',
        detail: `the request was sent, but the answer did not come (${fact.data.code}); check the destination before doing it again`,
      }
    : { code: fact.data.code as FetchCode, detail: publicDetail(fact), ...more };
  const policy = fact.data.code === 'POLICY_DENIED' ? { policy: fact.data.policy, rule: fact.data.rule } : {};
  return { ok: false, rejection: { ...rejection, ...policy, facts } };
}

/** The meters that a model call moves. */
function tokensIn(
  usage: ModelUsage | undefined,
): Partial<Pick<ModelUsage, 'inputTokens' | 'outputTokens' | 'costMicros'>> {
  if (!usage) return {};
  const { inputTokens, outputTokens, costMicros } = usage;
  return { inputTokens, outputTokens, costMicros };
}

export const whatPolicySays = ({ allowed }: Stop): Pick<Rejection, 'allowed'> =>
  allowed ? { allowed: [...allowed] } : {};

export type NotCompleted = Exclude<FetchFact, { type: 'egress.completed' }>;

/** A POST that may have left and was not answered: nobody here knows what it did. */
function isUnknown(fact: NotCompleted): boolean {
  const { method, hops } = fact.data;
  return fact.type === 'egress.failed' && method === 'POST' && fact.data.sent && hops.at(-1)?.status === undefined;
}

/** Where the detail would tell about networks inside, the caller reads this. */
const GUARDED: Partial<Record<FetchCode, string>> = {
  ADDRESS_REFUSED:
    'the host has an address that agents must not reach; a private destination has to be named in the policy pack',
  UPSTREAM_UNREACHABLE: 'the destination could not be reached, or the connection broke; try again later',
  SECRET_UNAVAILABLE:
    'the secret that goes along with this request cannot be had, so it was not sent; an operator finds the reason in the ledger',
  SECRET_ECHOED:
    'the destination took the request, but its answer held a secret, so nothing of it is given; an operator has been told',
  UPSTREAM_TLS_FAILED: 'the destination did not prove with a valid certificate that it is the host that was asked for',
};

export function publicDetail({ data }: NotCompleted): string {
  const detail = GUARDED[data.code as FetchCode] ?? data.detail;
  const status = data.hops.at(-1)?.status;
  const isAnswered = data.method === 'POST' && status !== undefined && data.code !== 'SECRET_ECHOED';
  return isAnswered ? `${detail} (the destination had taken the request and answered with status ${status})` : detail;
}

/** What there is to say of a body that is not in the reply: it was kept, or it is lost. A HEAD has none, and an empty one is no loss. */
function ofItsBody({ body, bodyResource, sizeBytes }: FetchResult, { data }: FetchFact): Partial<FetchReply> {
  if (bodyResource) return { storedBytes: sizeBytes };
  return body === undefined && sizeBytes > 0 && data.method !== 'HEAD' ? { incomplete: true } : {};
}

/** The result without its body: bodies are not in the ledger. */
function resultFromFact({ data }: Extract<FetchFact, { type: 'egress.completed' }>): FetchResult {
  return {
    status: data.status,
    url: data.hops.at(-1)?.url ?? '',
    headers: {},
    ...(data.contentType ? { contentType: data.contentType } : {}),
    bodyEncoding: 'utf8',
    sizeBytes: data.responseSizeBytes,
    sha256: data.responseSha256,
    ...(data.bodyResource ? { bodyResource: data.bodyResource } : {}),
    redirects: Math.max(0, data.hops.length - 1),
  };
}
