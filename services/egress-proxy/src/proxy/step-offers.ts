import {
  isRetryable,
  type DataOf,
  type executeForwardedStep,
  type ForwardInput,
  type Json,
  type Rejection,
  type ReplyEnvelope,
  type StepOutcome,
  type TunnelInput,
} from '@causeway/contracts';
import { digestOf } from '../fetch/fetch-calls.ts';
import type { Credential } from './credential.ts';
import { heldRejection, refusedOutcome } from './refusal.ts';
import type { WaitingConnections } from './waiting-connections.ts';

export type ForwardedStep = DataOf<typeof executeForwardedStep>;
export type Execute = (step: ForwardedStep) => Promise<ReplyEnvelope<StepOutcome>>;

export type Offer<Carried, Answer> = {
  readonly capability: ForwardedStep['capability'];
  readonly credential: Credential;
  readonly input: ForwardInput | TunnelInput;
  readonly among: WaitingConnections<Carried>;
  /** What is handed to the call that takes the connection up; it tells the answer. */
  readonly carry: (answered: (answer: Answer) => void) => Carried;
  /** Aborted once whoever asked is gone. */
  readonly gone: AbortSignal;
};

export type Offered<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly rejection: Rejection; readonly approvalId?: string };

export type StepOffers = <Carried, Answer>(offer: Offer<Carried, Answer>) => Promise<Offered<Answer>>;

/**
 * Offers what a process asked of the proxy as a step of its run, and lets it wait until the call for that step comes and takes it up, or until it is
 * refused, by policy or by a person. What the listener found wrong is offered too, so that the ledger has it, but nothing can take it up.
 * @param approvalWaitMs how long it waits for a person to agree
 */
export function stepOffers(execute: Execute, approvalWaitMs: number): StepOffers {
  /** What becomes of a step that waits for a person: it is asked for again, which tells how it is. Undefined while nobody has said no. */
  async function refusedMeanwhile({ taken, ask, gone }: Waiting): Promise<ReplyEnvelope<StepOutcome> | undefined> {
    for (let leftMs = approvalWaitMs; leftMs > 0 && !gone.aborted; leftMs -= LOOK_AGAIN_MS) {
      await atMost(Math.min(LOOK_AGAIN_MS, leftMs), taken);
      const reply = await Promise.race([taken, ask()]);
      if (reply === 'taken') return undefined;
      if (isRefused(reply)) return reply;
    }
    return undefined;
  }

  return async <Carried, Answer>(offer: Offer<Carried, Answer>): Promise<Offered<Answer>> => {
    const { capability, input, among, carry, gone } = offer;
    const { runId, tokenSha256 } = offer.credential;
    const stepId = `proxy-${input.connection}`;
    const plain = JSON.parse(JSON.stringify(input)) as Record<string, Json>;
    const { promise: answered, resolve } = Promise.withResolvers<Answer>();
    const waiting = { runId, stepId, inputDigest: digestOf(plain), carried: carry(resolve) };
    const leave = input.problem === undefined ? among.enter(input.connection, waiting) : () => true;
    gone.addEventListener('abort', leave);
    const step = { runId, tokenSha256, stepId, capability, input: plain };
    const answer = answered.then((value) => ({ kind: 'answered' as const, answer: value }));
    try {
      const first = await Promise.race([answer, execute(step)]);
      if ('kind' in first) return first;
      const taken = answered.then(() => 'taken' as const);
      const decided = isHeld(first) ? await refusedMeanwhile({ taken, ask: () => execute(step), gone }) : first;
      return leave() ? refusalIn(decided ?? first) : await answer;
    } finally {
      leave();
      gone.removeEventListener('abort', leave);
    }
  };
}

type Waiting = {
  /** Once the call has come that takes the connection up. */
  readonly taken: Promise<'taken'>;
  readonly ask: () => Promise<ReplyEnvelope<StepOutcome>>;
  readonly gone: AbortSignal;
};

/** How often it is looked whether a person has said no, in ms. A yes comes by itself. */
const LOOK_AGAIN_MS = 1_000;

const isHeld = (reply: ReplyEnvelope<StepOutcome>): boolean => reply.ok && reply.value.state === 'held';
/** Refused for good. Who cannot be reached is asked again. */
const isRefused = (reply: ReplyEnvelope<StepOutcome>): boolean =>
  reply.ok ? refusedOutcome(reply.value) !== undefined : !isRetryable(reply.rejection.code);

function refusalIn(reply: ReplyEnvelope<StepOutcome>): Offered<never> {
  if (!reply.ok) return { kind: 'refused', rejection: reply.rejection };
  const { value: outcome } = reply;
  const { state, approvalId } = outcome;
  if (state === 'held')
    return { kind: 'refused', rejection: heldRejection(outcome), ...(approvalId ? { approvalId } : {}) };
  return { kind: 'refused', rejection: refusedOutcome(outcome) ?? NOT_TAKEN };
}

const NOT_TAKEN: Rejection = {
  code: 'CONNECTION_GONE',
  detail: 'the step was answered without this connection; send the request again',
};

/** Waits for this, but not for longer. */
async function atMost(ms: number, what: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([what, over]);
  clearTimeout(timer);
}
