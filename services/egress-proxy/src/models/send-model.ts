import { createHash } from 'node:crypto';
import { termsOf, type FetchResult, type ModelChatInput, type StepGrant } from '@causeway/contracts';
import { canonicalUrl, modelSecret, type CanonicalUrl, type PackModel, type PolicyPack } from '@causeway/policy';
import { FetchStopped, halt, stop, type Stop } from '../fetch/fetch-stop.ts';
import { ruling, type Outside } from '../fetch/outside.ts';
import type { PipelineCall } from '../fetch/pipeline.ts';
import { requestOut, type Taking } from '../fetch/request-out.ts';
import { headStop, mediaTypeOf, type ResponseHead } from '../fetch/response-guard.ts';
import type { Trace } from '../fetch/trace.ts';
import { answerTaker, CutOff, type AnswerTaker } from './answer-taker.ts';
import type { ModelChunks } from './model-chunks.ts';
import { modelRequestStop, providerBody } from './model-request.ts';
import { allowanceOf, usageOf } from './model-usage.ts';
import { releaseGate } from './release-gate.ts';
import type { CountTokens } from './token-count.ts';

export type ModelParts = { readonly chunks: ModelChunks; readonly count: CountTokens };

type ModelWay = { readonly outside: Outside; readonly parts: ModelParts; readonly input: ModelChatInput };
/** A request for a provider, and the terms that it is made under. */
type ProviderRequest = { readonly terms: PackModel; readonly url: CanonicalUrl; readonly body: string };
/** What there is of an answer, once the request may have left. */
type Taken = { taker?: AnswerTaker };

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';

/**
 * One call of a model, the same way out as every request, with a request guard and an answer of its own. What was used is in the trace however the
 * call ends. Throws FetchStopped.
 */
export async function sendModel(way: ModelWay, call: PipelineCall, trace: Trace): Promise<FetchResult> {
  const { outside, parts, input } = way;
  const request = providerRequest(outside.policy.pack, input);
  trace.url = request.url;
  const taken: Taken = {};
  let isCutOff = false;
  try {
    isCutOff = (await answered(way, { call, request, taken }, trace)) === 'cut off';
    return resultOf(request.url, trace.hops.at(-1)?.status ?? 200, { body: taken.taker?.body() ?? '', input });
  } finally {
    if (trace.sent) trace.usage = await usedBy({ input, request, taken, isCutOff }, trace, parts.count);
  }
}

function providerRequest({ models }: PolicyPack, input: ModelChatInput): ProviderRequest {
  const terms = termsOf(models, input);
  if (!terms) throw new FetchStopped(unknownModel(input, models));
  halt(modelRequestStop(input));
  const maxTokens = Math.min(input.maxTokens ?? terms.maxOutputTokens, terms.maxOutputTokens);
  return { terms, url: addressOf(terms), body: providerBody(input, maxTokens) };
}

type Sending = { readonly call: PipelineCall; readonly request: ProviderRequest; readonly taken: Taken };

async function answered(way: ModelWay, { call, request, taken }: Sending, trace: Trace): Promise<'whole' | 'cut off'> {
  const { outside, input } = way;
  const { terms, url, body } = request;
  const { grant, signal } = call;
  const { policy } = outside;
  const decision = policy.decide({ agentId: grant.agentId, capability: 'model.chat', input });
  const hop = { url, method: 'POST', headers: { 'content-type': JSON_TYPE, ...versionOf(terms) }, body };
  const reference = modelSecret(terms, policy.pack.secrets);
  const taking = (left: StepGrant): Taking => takingOf(way, left, taken);
  const sent = { grant, signal, hop, ruling: ruling(decision, grant.rule), reference, taking };
  try {
    await requestOut(outside, sent, trace);
    taken.taker?.end();
    return 'whole';
  } catch (error) {
    if (!(error instanceof FetchStopped) || !(error.cause instanceof CutOff)) throw error;
    taken.taker?.cutOff();
    return 'cut off';
  }
}

function takingOf({ outside, parts, input }: ModelWay, grant: StepGrant, taken: Taken): Taking {
  const { secrets, policy } = outside;
  const { maxResponseBytes, flowGraceMs } = policy.pack.egress;
  const maxBodyBytes = Math.min(maxResponseBytes, grant.byteAllowance);
  const scan = secrets.follow();
  const taker = answerTaker({
    ...{ input, gate: releaseGate(scan, secrets.follow) },
    allowance: allowanceOf(grant.reserved?.outputTokens, parts.count),
    publish: (at, text) => parts.chunks.publish(grant, at, text),
  });
  taken.taker = taker;
  return {
    ...{ maxBodyBytes, scan, overflow: { afterBytes: 0, take: taker.take } },
    // A model may think for long while nothing moves: the deadline of the call is the limit.
    flow: { minBytesPerSecond: 0, graceMs: flowGraceMs },
    onHead: (head) => {
      halt(headStop(head, maxBodyBytes) ?? modelHeadStop(head));
      return 'read';
    },
  };
}

type Used = {
  readonly input: ModelChatInput;
  readonly request: ProviderRequest;
  readonly taken: Taken;
  readonly isCutOff: boolean;
};

/** Providers do not bill what they refuse; what they say all the same counts. */
function usedBy({ input, request, taken, isCutOff }: Used, { hops }: Trace, count: CountTokens) {
  const { model } = input;
  const { terms, body } = request;
  const told = taken.taker?.told() ?? {};
  const spoken = { model, terms, told, asked: body, words: taken.taker?.words() ?? '', cutOff: isCutOff };
  const isRefused = (hops.at(-1)?.status ?? 0) >= 400 && Object.keys(told).length === 0;
  return isRefused ? usageOf({ ...spoken, asked: '', words: '' }, count) : usageOf(spoken, count);
}

/** A provider does not send elsewhere, and answers with JSON or with events. */
export function modelHeadStop({ status, headers }: Pick<ResponseHead, 'status' | 'headers'>): Stop | undefined {
  const type = mediaTypeOf(headers);
  if (status < 300 && (type === JSON_TYPE || type === STREAM_TYPE)) return undefined;
  if (status >= 400) return undefined;
  const detail = `the provider answered with status ${status} and ${type ?? 'no content type'}; JSON or events are taken`;
  return stop('UPSTREAM_PROTOCOL_REFUSED', 'exchange', detail);
}

const unknownModel = ({ dialect, model }: ModelChatInput, models: readonly PackModel[]): Stop => ({
  ...stop('POLICY_DENIED', 'policy', `the policy pack names no model ${model} that speaks ${dialect}`),
  rule: 'unknown-model',
  allowed: models.map(({ id, dialect: speaks }) => `${id} (${speaks})`),
});

/** It was checked when the pack was loaded. */
function addressOf({ url }: PackModel): CanonicalUrl {
  const read = canonicalUrl(url);
  if (!read.ok) throw new FetchStopped(stop('URL_REFUSED', 'url', `the address is not used: ${read.detail}`));
  return read.url;
}

const versionOf = ({ dialect }: PackModel): Record<string, string> =>
  dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};

type Answer = { readonly body: string; readonly input: Pick<ModelChatInput, 'stream'> };

function resultOf({ href }: CanonicalUrl, status: number, { body, input }: Answer): FetchResult {
  const bytes = Buffer.from(body);
  return {
    ...{ status, url: href, headers: {}, body, bodyEncoding: 'utf8', sizeBytes: bytes.length, redirects: 0 },
    contentType: input.stream && status < 300 ? STREAM_TYPE : JSON_TYPE,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
