import {
  forwardAt,
  tunnelAt,
  type DataOf,
  type ForwardResult,
  type MessageContract,
  type networkForward,
  type networkTunnel,
  type ReplyEnvelope,
  type ReplyOf,
  type RequestMeta,
} from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { digestOf, type FetchAnswer, type FetchCalls } from '../fetch/fetch-calls.ts';
import type { AnswerSink } from '../bodies/passed-answer.ts';
import type { FetchRequest } from '../fetch/request-guard.ts';
import { CONNECTION_GONE, type TunnelAnswer, type TunnelCalls } from './tunnel-calls.ts';
import type { TunnelClient } from './tunnel.ts';
import { waitingConnections, type WaitingConnections } from './waiting-connections.ts';

export type WaitingForward = {
  readonly request: FetchRequest;
  readonly sink?: AnswerSink | undefined;
  readonly answered: (answer: FetchAnswer) => void;
};
export type WaitingTunnel = { readonly client: TunnelClient; readonly answered: (answer: TunnelAnswer) => void };

/** What waits at this process's listener. */
export type Lobby = {
  readonly listener: string;
  readonly forwards: WaitingConnections<WaitingForward>;
  readonly tunnels: WaitingConnections<WaitingTunnel>;
};
export const lobby = (listener: string): Lobby => ({
  listener,
  forwards: waitingConnections(),
  tunnels: waitingConnections(),
});

type Forwarding = (typeof networkForward)['call'];
type Tunnelling = (typeof networkTunnel)['call'];
export type ForwardAnswer = ReplyEnvelope<ReplyOf<Forwarding>>;
export type TakeUp = {
  readonly forward: (data: DataOf<Forwarding>, meta: RequestMeta) => Promise<ForwardAnswer>;
  readonly tunnel: (data: DataOf<Tunnelling>, meta: RequestMeta) => Promise<TunnelAnswer>;
};

type Parts = {
  readonly lobby: Lobby;
  readonly fetches: FetchCalls;
  readonly tunnels: TunnelCalls;
  readonly bus: Pick<Bus, 'request'>;
};

/** How much longer than its call the replica where a connection waits may take to answer for it. */
const AFTER_DEADLINE_MS = 500;

/** Takes up what waits for a call: here, or at the replica that the call's input names. */
export function takeUp({ lobby: here, fetches, tunnels, bus }: Parts): TakeUp {
  async function elsewhere<C extends MessageContract>(
    contract: C,
    data: C['data']['_zod']['input'],
    { meta, deadlineAt }: { readonly meta: RequestMeta; readonly deadlineAt: string },
  ): Promise<ReplyEnvelope<ReplyOf<C>>> {
    const timeoutMs = Math.max(1, Date.parse(deadlineAt) - Date.now()) + AFTER_DEADLINE_MS;
    const reply = await bus.request(contract, data, meta, { timeoutMs, send: 'once' });
    const reachedNobody = !reply.ok && reply.rejection.facts?.['reachedNobody'] === true;
    return reachedNobody ? CONNECTION_GONE : reply;
  }

  return {
    forward: async (data, meta) => {
      const { grant, input } = data;
      if (input.listener !== here.listener)
        return elsewhere(forwardAt(input.listener), data, { meta, deadlineAt: grant.deadlineAt });
      const waiting = here.forwards.take(input.connection, grant, digestOf(input));
      if (!waiting) return withoutBody((await fetches.recall({ grant, input })) ?? CONNECTION_GONE);
      const { request, sink } = waiting;
      const answer = await fetches.make({ grant, input, request, sink, face: 'forward' });
      waiting.answered(answer);
      return withoutBody(answer);
    },
    tunnel: async (data, meta) => {
      const { grant, input } = data;
      if (input.listener !== here.listener)
        return elsewhere(tunnelAt(input.listener), data, { meta, deadlineAt: grant.deadlineAt });
      const inputDigest = digestOf(input);
      const waiting = here.tunnels.take(input.connection, grant, inputDigest);
      const answer = await tunnels.make({ grant, input, inputDigest, client: waiting?.client });
      waiting?.answered(answer);
      return answer;
    },
  };
}

/** The body went to whoever waited; the step is told what it was. */
function withoutBody(answer: FetchAnswer): ForwardAnswer {
  if (!answer.ok) return answer;
  const { status, contentType, sizeBytes, sha256 } = answer.value.result;
  const result: ForwardResult = { status, sizeBytes, sha256, ...(contentType ? { contentType } : {}) };
  return { ok: true, value: { ...answer.value, result } };
}
