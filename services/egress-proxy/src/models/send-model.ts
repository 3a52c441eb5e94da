import { createHash } from 'node:crypto';
import { termsOf, type FetchResult, type ModelChatInput } from '@causeway/contracts';
import { passing } from '@causeway/messaging';
import { canonicalUrl, type CanonicalUrl, type PackModel, type Policy } from '@causeway/policy';
import { exchange, type ExchangeOptions } from '../fetch/exchange.ts';
import { FetchStopped, halt, stop, type Stop } from '../fetch/fetch-stop.ts';
import { checkedAddress, type Outside, type PipelineCall } from '../fetch/pipeline.ts';
import type { Trace } from '../fetch/trace.ts';
import { headStop, mediaTypeOf, type ResponseHead } from '../fetch/response-guard.ts';
import { answerTaker, CutOff, type AnswerTaker } from './answer-taker.ts';
import type { ModelChunks } from './model-chunks.ts';
import { modelRequestStop, providerBody } from './model-request.ts';
import { allowanceOf, usageOf } from './model-usage.ts';
import type { SecretSource } from './secret-source.ts';
import type { CountTokens } from './token-count.ts';

export type ModelParts = {
  readonly secrets: SecretSource;
  readonly chunks: ModelChunks;
  readonly count: CountTokens;
};

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';

/**
 * One call of a model, the same way out as every request: request guard, policy, address, dialling, exchange, response guards. What was used is in the
 * trace however the call ends. Throws FetchStopped.
 */
export async function sendModel(
  { outside, parts, input }: { readonly outside: Outside; readonly parts: ModelParts; readonly input: ModelChatInput },
  call: PipelineCall,
  trace: Trace,
): Promise<FetchResult> {
  const { pack } = outside.policy;
  const terms = termsOf(pack.models, input);
  if (!terms) throw new FetchStopped(unknownModel(input, pack.models));
  halt(modelRequestStop(input));
  const url = addressOf(terms);
  trace.url = url;
  const entry: Trace['hops'][number] = { url: url.href.split('?', 1)[0] ?? '', rule: '' };
  trace.hops.push(entry);
  const decided = decide(outside.policy, call, input);
  entry.rule = trace.rule = decided.rule;
  halt(decided.stop);
  const { grant } = call;
  const maxTokens = Math.min(input.maxTokens ?? terms.maxOutputTokens, terms.maxOutputTokens);
  const body = providerBody(input, maxTokens);
  const plain = { url, method: 'POST', headers: { 'content-type': JSON_TYPE, ...versionOf(terms) }, body };
  const ip = await checkedAddress(outside, { ...call, url, ports: pack.egress.ports });
  entry.address = ip;
  const secret = terms.secret === undefined ? undefined : await parts.secrets.read(terms.secret);
  const taker = answerTaker({
    ...{ input, secret, allowance: allowanceOf(grant.reserved?.outputTokens, parts.count) },
    publish: (at, text) => parts.chunks.publish(grant, at, text),
  });
  const hop = { ...plain, headers: { ...plain.headers, ...credential(terms, secret) } };
  let cutOff = false;
  try {
    const head = await answered(hop, optionsFor({ outside, call, ip, entry, trace, taker }), taker);
    cutOff = head === undefined;
    return resultOf(url, entry.status ?? 200, { taker, input });
  } finally {
    const spoken = { model: input.model, terms, asked: body, words: taker.words(), told: taker.told(), cutOff };
    if (trace.sent) trace.usage = await usageIfBilled(spoken, entry.status, parts.count);
  }
}

/** Providers do not bill what they refuse; what they say all the same counts. */
async function usageIfBilled(spoken: Parameters<typeof usageOf>[0], status: number | undefined, count: CountTokens) {
  const isRefused = status !== undefined && status >= 400 && Object.keys(spoken.told).length === 0;
  return isRefused ? usageOf({ ...spoken, asked: '', words: '' }, count) : usageOf(spoken, count);
}

/** The head of a whole answer; undefined for one that was cut off. */
async function answered(
  hop: Parameters<typeof exchange>[0],
  options: ExchangeOptions,
  taker: AnswerTaker,
): Promise<ResponseHead | undefined> {
  try {
    const { head } = await exchange(hop, options);
    halt(taker.end());
    return head;
  } catch (error) {
    if (!(error instanceof FetchStopped) || !(error.cause instanceof CutOff)) throw error;
    taker.cutOff();
    return undefined;
  }
}

type Exchanging = {
  readonly outside: Outside;
  readonly call: PipelineCall;
  readonly ip: string;
  readonly entry: Trace['hops'][number];
  readonly trace: Trace;
  readonly taker: AnswerTaker;
};

function optionsFor({ outside, call, ip, entry, trace, taker }: Exchanging): ExchangeOptions {
  const { egress } = outside.policy.pack;
  const maxBodyBytes = Math.min(egress.maxResponseBytes, call.grant.byteAllowance);
  return {
    ...{ ip, signal: call.signal, maxBodyBytes, authorities: outside.authorities, dial: outside.dial },
    overflow: { afterBytes: 0, take: taker.take },
    // A model may think for long while nothing moves: the deadline of the call is the limit.
    flow: { minBytesPerSecond: 0, graceMs: egress.flowGraceMs },
    onHead: (head) => {
      entry.status = head.status;
      halt(headStop(head, maxBodyBytes) ?? modelHeadStop(head));
      return 'read';
    },
    onSending: () => {
      passing('before-effect', call.grant);
      trace.sent = true;
    },
    onMetered: ({ bytesIn, bytesOut }) => {
      trace.bytesIn += bytesIn;
      trace.bytesOut += bytesOut;
    },
  };
}

/** A provider does not send elsewhere, and answers with JSON or with events. */
export function modelHeadStop({ status, headers }: Pick<ResponseHead, 'status' | 'headers'>): Stop | undefined {
  const type = mediaTypeOf(headers);
  if (status < 300 && (type === JSON_TYPE || type === STREAM_TYPE)) return undefined;
  if (status >= 400) return undefined;
  const detail = `the provider answered with status ${status} and ${type ?? 'no content type'}; JSON or events are taken`;
  return stop('UPSTREAM_PROTOCOL_REFUSED', 'exchange', detail);
}

function decide(policy: Policy, { grant }: PipelineCall, input: ModelChatInput): { rule: string; stop?: Stop } {
  const { verdict, rule, reason, allowed } = policy.decide({ agentId: grant.agentId, capability: 'model.chat', input });
  if (verdict === 'allow' || (verdict === 'ask' && grant.rule === rule)) return { rule };
  return { rule, stop: { code: 'POLICY_DENIED', stage: 'policy', detail: reason, rule, allowed } };
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

function credential({ dialect }: PackModel, secret: string | undefined): Record<string, string> {
  if (secret === undefined) return {};
  return dialect === 'openai' ? { authorization: `Bearer ${secret}` } : { 'x-api-key': secret };
}

function resultOf(
  { href }: CanonicalUrl,
  status: number,
  { taker, input }: { readonly taker: AnswerTaker; readonly input: ModelChatInput },
): FetchResult {
  const body = taker.body();
  const contentType = input.stream && status < 300 ? STREAM_TYPE : JSON_TYPE;
  const bytes = Buffer.from(body);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    status,
    url: href,
    headers: {},
    contentType,
    body,
    bodyEncoding: 'utf8',
    sizeBytes: bytes.length,
    sha256,
    redirects: 0,
  };
}
