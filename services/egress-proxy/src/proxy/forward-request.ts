import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ForwardInput, Rejection } from '@causeway/contracts';
import type { FetchAnswer } from '../fetch/fetch-calls.ts';
import type { AnswerSink } from '../bodies/passed-answer.ts';
import type { FetchRequest } from '../fetch/request-guard.ts';
import { refuse, relay } from './answers.ts';
import { answerSink } from './answer-sink.ts';
import type { Credential } from './credential.ts';
import { forwardProblem, sendableHeaders, type RawRequest } from './raw-request.ts';
import { requestBody, type BodyLimits, type RequestBody } from './request-body.ts';
import type { Offered, StepOffers } from './step-offers.ts';
import type { Lobby, WaitingForward } from './taken-up.ts';
import type { UnownedAttempts } from './unowned-attempts.ts';

export type ForwardParts = {
  readonly lobby: Lobby;
  readonly offer: StepOffers;
  /** Most bytes of a body that are held, and that are passed on, by the pack in force. */
  readonly bodyLimits: () => Pick<BodyLimits, 'heldBytes' | 'passedBytes'>;
  /** 32 hexadecimal digits that nobody can guess. */
  readonly newConnectionId: () => string;
  readonly unowned: UnownedAttempts;
};

export type ForwardAsked = {
  readonly raw: RawRequest;
  readonly credential: Credential;
  /** What is known to be wrong with it besides its form. */
  readonly problem?: string | undefined;
  /** The connection of the tunnel that it came through. */
  readonly tunnel?: string;
};
type Exchange = ForwardAsked & {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the client waits to be told that its body is wanted. */
  readonly awaitsContinue?: boolean;
};

const MAX_TARGET = 4_096;
const MAX_PROBLEM = 512;
/** How long a body that is held may take to come in. */
const HELD_BODY_MS = 30_000;

/** Offers a request as a step of the run whose credential came with it, and answers it with what comes of that. */
export async function forwardRequest(parts: ForwardParts, exchange: Exchange): Promise<void> {
  const { request, response, awaitsContinue, ...asked } = exchange;
  const goOn = (): void => (awaitsContinue ? response.writeContinue() : undefined);
  const body = await requestBody(request, { ...parts.bodyLimits(), withinMs: HELD_BODY_MS }, goOn);
  const problem = asked.problem ?? forwardProblem(asked.raw) ?? (body.kind === 'refused' ? body.problem : undefined);
  const sink = answerSink(response);
  const offered = await offerForward(parts, { ...asked, problem, body, sink, gone: goneOf(response) });
  const rejection = rejectionIn(offered);
  if (sink.hasBegun()) return sink.end(rejection === undefined);
  // Through a tunnel nothing can be said about a credential that is none any more: the connection that it opened ends.
  if (asked.tunnel !== undefined && rejection?.code === 'CREDENTIAL_INVALID') return void request.socket.destroy();
  if (rejection) return refuse(response, rejection, approvalIn(offered));
  if (offered.kind === 'answered') relay(response, offered.answer, asked.raw.method);
}

type Offering = ForwardAsked & {
  readonly body?: RequestBody;
  readonly sink?: AnswerSink;
  readonly gone: AbortSignal;
};

/** Offers it as a step, and resolves to what comes of that. */
export async function offerForward(parts: ForwardParts, asked: Offering): Promise<Offered<FetchAnswer>> {
  const { credential, body, sink, gone } = asked;
  const input = forwardInput(parts, asked);
  const { url, method, headers } = input;
  const request = { url, method, headers, ...bodyIn(body) };
  const offered = await parts.offer<WaitingForward, FetchAnswer>({
    ...{ capability: 'network.forward', credential, input, gone, among: parts.lobby.forwards },
    carry: (answered) => ({ request, sink, answered }),
  });
  if (rejectionIn(offered)?.code === 'CREDENTIAL_INVALID') parts.unowned.note('CREDENTIAL_INVALID');
  return offered;
}

/** The step's input; without headers when something is wrong with it. */
function forwardInput(
  { lobby, newConnectionId }: ForwardParts,
  { raw, problem, body, tunnel }: ForwardAsked & { readonly body?: RequestBody },
): ForwardInput {
  return {
    ...{ listener: lobby.listener, connection: newConnectionId() },
    ...(tunnel === undefined ? {} : { tunnel }),
    ...{ method: raw.method.slice(0, 32), url: raw.target.slice(0, MAX_TARGET) },
    ...(problem === undefined
      ? { headers: sendableHeaders(raw) }
      : { headers: {}, problem: problem.slice(0, MAX_PROBLEM) }),
    ...toldOf(body),
  };
}

/** What the step is told of a body: of one that is passed on nobody knows the digest. */
function toldOf(body: RequestBody | undefined): Pick<ForwardInput, 'bodyBytes' | 'bodySha256' | 'bodyStreamed'> {
  if (body?.kind === 'coming') return { bodyBytes: body.coming.sizeBytes ?? 0, bodyStreamed: true };
  if (body?.kind !== 'whole' || body.bytes.length === 0) return { bodyBytes: 0 };
  const { bytes } = body;
  return { bodyBytes: bytes.length, bodySha256: createHash('sha256').update(bytes).digest('hex') };
}

function bodyIn(body: RequestBody | undefined): Pick<FetchRequest, 'body' | 'coming'> {
  if (body?.kind === 'coming') return { coming: body.coming };
  return body?.kind === 'whole' && body.bytes.length > 0 ? { body: body.bytes } : {};
}

/** Why nothing came of an offer; undefined when something did. */
export function rejectionIn(
  offered: Offered<{ ok: true } | { ok: false; rejection: Rejection }>,
): Rejection | undefined {
  if (offered.kind === 'refused') return offered.rejection;
  return offered.answer.ok ? undefined : offered.answer.rejection;
}

/** The approval that it waits for, where a person has to agree. */
export const approvalIn = (offered: Offered<unknown>): string | undefined =>
  offered.kind === 'refused' ? offered.approvalId : undefined;

/** Aborted once what is to be answered is closed: answered, or its other end gone. */
export function goneOf(answered: { once: (event: 'close', listener: () => void) => unknown }): AbortSignal {
  const controller = new AbortController();
  answered.once('close', () => controller.abort());
  return controller.signal;
}
