import {
  ERROR_CODES,
  executeStep,
  ModelChatResult,
  readResource,
  type httpApi,
  type ModelDialect,
  type Rejection,
  type ReplyEnvelope,
  type ResourcePage,
  type StepOutcome,
} from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import type { OpenStreams } from '../audit/open-streams.ts';
import type { Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call, Caller } from '../http/call.ts';
import { ownSession } from '../runs/own-session.ts';
import { answerOfStep } from '../runs/step-operations.ts';
import { chunkLine, type ChunkLine } from './chunk-line.ts';
import { modelStep, type ModelBody } from './model-step.ts';
import { providerError } from './provider-error.ts';

export type ModelOperationsOptions = {
  readonly ask: Ask;
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly streams: OpenStreams;
};
type Reply = ReplyEnvelope<StepOutcome>;
type Asked = Caller & { readonly body: ModelBody; readonly params: { readonly runId?: string } };

/** A model may take its time; asked again in the meantime, the same step id joins. */
const STEP_TIMEOUT_MS = 130_000;
const ATTEMPT_MS = 3_000;
const PAGE = { limit: 65_536 };
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** What the routes of model calls do: each is a step, whose result is given the way the provider gave it. */
export function modelOperations({ ask, bus, streams }: ModelOperationsOptions) {
  function execute(call: Caller, { runId, stepId, input }: ReturnType<typeof modelStep>): Promise<Reply> {
    const step = { runId, sessionId: ownSession(call.principal), stepId, capability: 'model.chat', input };
    return ask(executeStep, step, call, { correlationId: runId, timeoutMs: STEP_TIMEOUT_MS, attemptMs: ATTEMPT_MS });
  }

  /** What the provider answered; undefined for a step that has no answer of a provider. */
  async function resultOf(call: Caller, reply: Reply): Promise<ModelChatResult | undefined> {
    const result = reply.ok ? reply.value.result : undefined;
    if (!result) return undefined;
    const value: unknown = result.resourceId ? await keptResult(call, result.resourceId) : result.value;
    return ModelChatResult.safeParse(value).data;
  }

  /** A long answer was kept as a resource, as JSON. */
  async function keptResult(call: Caller, resourceId: string): Promise<unknown> {
    const sessionId = ownSession(call.principal);
    let json = '';
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const page: ReplyEnvelope<ResourcePage> = await ask(
        readResource,
        { ...PAGE, resourceId, offset, sessionId },
        call,
      );
      if (!page.ok) return undefined;
      json += page.value.text;
      offset = page.value.next;
    }
    return JSON.parse(json);
  }

  /** How a stream ends: with what of the whole body did not come before, or with why there is none. */
  async function endOf(dialect: ModelDialect, call: Caller, reply: Promise<Reply>): Promise<Ending> {
    const told = await reply;
    const body = (await resultOf(call, told))?.body;
    return body === undefined ? { words: brokenOff(dialect, told) } : { body };
  }

  async function stream(dialect: ModelDialect, call: Asked, step: ReturnType<typeof modelStep>): Promise<Answer> {
    const line = chunkLine(bus, step);
    // The line ends with the step, at the latest.
    const reply = execute(call, step).finally(line.close);
    const first = await line.next();
    if (first === undefined) return whole(call, await reply);
    const end = endOf(dialect, call, reply);
    end.catch(() => {});
    return { status: 200, body: streams.open((signal) => piecesOf({ first, line, end, signal })), headers: EVENTS };
  }

  async function whole(call: Asked, reply: Reply): Promise<Answer> {
    if (!reply.ok) return { rejection: reply.rejection };
    const result = await resultOf(call, reply);
    const { position } = reply.value;
    if (result?.body !== undefined)
      return {
        status: result.status,
        body: result.body,
        position,
        headers: call.body.stream && result.status < 300 ? EVENTS : JSON_TYPE,
      };
    return { rejection: refusalOf(reply.value) };
  }

  async function chat(dialect: ModelDialect, call: Asked): Promise<Answer> {
    const step = modelStep(dialect, call);
    return call.body.stream ? stream(dialect, call, step) : whole(call, await execute(call, step));
  }

  return {
    openai: (call: Call<typeof httpApi.openaiChat | typeof httpApi.runOpenaiChat>): Promise<Answer> =>
      chat('openai', call),
    anthropic: (call: Call<typeof httpApi.anthropicMessages | typeof httpApi.runAnthropicMessages>): Promise<Answer> =>
      chat('anthropic', call),
  };
}
export type ModelOperations = ReturnType<typeof modelOperations>;

type Ending = { readonly body: string } | { readonly words: string };
type Streaming = {
  readonly first: string;
  readonly line: ChunkLine;
  readonly end: Promise<Ending>;
  readonly signal: AbortSignal;
};

/** The pieces as they come, and then the end. */
async function* piecesOf({ first, line, end, signal }: Streaming): AsyncGenerator<string, void> {
  signal.addEventListener('abort', line.close);
  try {
    yield first;
    for (let text = await line.next(); text !== undefined; text = await line.next()) yield text;
    if (signal.aborted) return;
    const ending = await end;
    yield 'body' in ending ? ending.body.slice(line.taken()) : ending.words;
  } finally {
    line.close();
  }
}

/** Why there is no answer of a provider: what a client for models takes for success must not stand for anything else. */
function refusalOf(outcome: StepOutcome): Rejection {
  const { state, stepId, approvalId, position, rejection } = outcome;
  const told = answerOfStep(outcome);
  if ('rejection' in told) return told.rejection;
  const facts = { stepId, position, ...(approvalId ? { approvalId } : {}) };
  if (rejection) return { ...rejection, facts: { ...rejection.facts, ...facts } };
  if (state === 'held') {
    const detail = `step ${stepId} waits for ${approvalId ?? 'a person'}; send the same request with the same step id once it was decided`;
    return { code: 'RUN_PAUSED', detail, facts };
  }
  const detail = `step ${stepId} is ${state}: ask for it, or send the same request with the same step id once it has ended`;
  return { code: 'STEP_OUTCOME_UNKNOWN', detail, facts };
}

/** The end of a stream whose step failed after it began. */
function brokenOff(dialect: ModelDialect, reply: Reply): string {
  const rejection = reply.ok ? refusalOf(reply.value) : reply.rejection;
  const error = providerError(dialect, rejection, ERROR_CODES[rejection.code].httpStatus);
  return dialect === 'openai'
    ? `\n\ndata: ${JSON.stringify({ error })}\n\n`
    : `\n\nevent: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`;
}
