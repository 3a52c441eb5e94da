import type {
  DataOf,
  executeForwardedStep,
  ForwardInput,
  Json,
  Rejection,
  ReplyEnvelope,
  StepOutcome,
  TunnelInput,
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
 * refused. What the listener found wrong is offered too, so that the ledger has it, but nothing can take it up.
 * @param approvalWaitMs how long it waits for a person to agree
 */
export function stepOffers(execute: Execute, approvalWaitMs: number): StepOffers {
  return async <Carried, Answer>(offer: Offer<Carried, Answer>): Promise<Offered<Answer>> => {
    const { capability, input, among, carry, gone } = offer;
    const { runId, tokenSha256 } = offer.credential;
    const stepId = `proxy-${input.connection}`;
    const plain = JSON.parse(JSON.stringify(input)) as Record<string, Json>;
    const { promise: answered, resolve } = Promise.withResolvers<Answer>();
    const waiting = { runId, stepId, inputDigest: digestOf(plain), carried: carry(resolve) };
    const leave = input.problem === undefined ? among.enter(input.connection, waiting) : () => true;
    gone.addEventListener('abort', leave);
    const answer = answered.then((value) => ({ kind: 'answered' as const, answer: value }));
    try {
      const first = await Promise.race([answer, execute({ runId, tokenSha256, stepId, capability, input: plain })]);
      if ('kind' in first) return first;
      const isHeld = first.ok && first.value.state === 'held';
      if (isHeld) await atMost(approvalWaitMs, answer);
      return leave() ? refusalIn(first) : await answer;
    } finally {
      leave();
      gone.removeEventListener('abort', leave);
    }
  };
}

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
