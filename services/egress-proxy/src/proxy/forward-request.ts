import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ForwardInput, Rejection } from '@causeway/contracts';
import type { FetchAnswer } from '../fetch/fetch-calls.ts';
import { refuse, relay } from './answers.ts';
import type { Credential } from './credential.ts';
import { forwardProblem, sendableHeaders, type RawRequest } from './raw-request.ts';
import type { Offered, StepOffers } from './step-offers.ts';
import type { Lobby, WaitingForward } from './taken-up.ts';
import type { UnownedAttempts } from './unowned-attempts.ts';

export type ForwardParts = {
  readonly lobby: Lobby;
  readonly offer: StepOffers;
  readonly maxRequestBytes: number;
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
type Exchange = ForwardAsked & { readonly request: IncomingMessage; readonly response: ServerResponse };

const MAX_TARGET = 4_096;
const MAX_PROBLEM = 512;

/** Offers a request as a step of the run whose credential came with it, and answers it with what comes of that. */
export async function forwardRequest(parts: ForwardParts, { request, response, ...asked }: Exchange): Promise<void> {
  const body = await bodyOf(request, parts.maxRequestBytes);
  const tooLarge = body ? undefined : `its body has more than ${parts.maxRequestBytes} bytes`;
  const problem = asked.problem ?? forwardProblem(asked.raw) ?? tooLarge;
  const offered = await offerForward(parts, { ...asked, problem, body, gone: goneOf(response) });
  const rejection = rejectionIn(offered);
  // Through a tunnel nothing can be said about a credential that is none any more: the connection that it opened ends.
  if (asked.tunnel !== undefined && rejection?.code === 'CREDENTIAL_INVALID') return void request.socket.destroy();
  if (rejection) return refuse(response, rejection, approvalIn(offered));
  if (offered.kind === 'answered') relay(response, offered.answer, asked.raw.method);
}

type Offering = ForwardAsked & { readonly body?: Buffer | undefined; readonly gone: AbortSignal };

/** Offers it as a step, and resolves to what comes of that. */
export async function offerForward(parts: ForwardParts, asked: Offering): Promise<Offered<FetchAnswer>> {
  const { credential, body, gone } = asked;
  const input = forwardInput(parts, asked);
  const { url, method, headers } = input;
  const sent = { url, method, headers, ...(body?.length ? { body } : {}) };
  const offered = await parts.offer<WaitingForward, FetchAnswer>({
    ...{ capability: 'network.forward', credential, input, gone, among: parts.lobby.forwards },
    carry: (answered) => ({ request: sent, answered }),
  });
  if (rejectionIn(offered)?.code === 'CREDENTIAL_INVALID') parts.unowned.note('CREDENTIAL_INVALID');
  return offered;
}

/** The step's input; without headers when something is wrong with it. */
function forwardInput(
  { lobby, newConnectionId }: ForwardParts,
  { raw, problem, body, tunnel }: ForwardAsked & { readonly body?: Buffer | undefined },
): ForwardInput {
  return {
    ...{ listener: lobby.listener, connection: newConnectionId() },
    ...(tunnel === undefined ? {} : { tunnel }),
    ...{ method: raw.method.slice(0, 32), url: raw.target.slice(0, MAX_TARGET) },
    ...(problem === undefined
      ? { headers: sendableHeaders(raw) }
      : { headers: {}, problem: problem.slice(0, MAX_PROBLEM) }),
    bodyBytes: body?.length ?? 0,
    ...(body?.length ? { bodySha256: createHash('sha256').update(body).digest('hex') } : {}),
  };
}

/** The whole body; undefined when it is larger than may be sent. */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
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
