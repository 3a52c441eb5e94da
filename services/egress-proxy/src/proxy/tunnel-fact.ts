import type {
  EgressFact,
  Rejection,
  ReplyEnvelope,
  ReplyOf,
  StepGrant,
  TunnelEnd,
  networkTunnel,
} from '@causeway/contracts';
import { publicDetail, whatPolicySays, whereTo, type FetchFact } from '../fetch/fact.ts';
import { isDenial, type FetchCode, type Stop } from '../fetch/fetch-stop.ts';
import type { Trace } from '../fetch/trace.ts';

export type TunnelReply = ReplyOf<(typeof networkTunnel)['call']>;
export type TunnelFact = Extract<EgressFact, { type: 'egress.tunnelled' | 'egress.denied' | 'egress.failed' }>;

/** How a tunnel ended, before it is sealed. Client bytes are those of its connection, the request for the tunnel among them. */
export type TunnelOutcome = {
  readonly trace: Trace;
  readonly at: string;
  readonly durationMs: number;
  readonly clientBytesIn: number;
  readonly clientBytesOut: number;
} & ({ readonly kind: 'over'; readonly endedBy: TunnelEnd } | { readonly kind: 'stopped'; readonly stop: Stop });

/** The fact that the ledger keeps of a tunnel. */
export function tunnelFactOf(
  { callId, runId, stepId, policy }: StepGrant,
  connection: string,
  outcome: TunnelOutcome,
): TunnelFact {
  const { trace, at, durationMs, clientBytesIn, clientBytesOut } = outcome;
  const common = {
    ...{ callId, runId, stepId, method: 'CONNECT', policy, rule: trace.rule, hops: trace.hops },
    ...whereTo(trace.url),
    ...{ bytesIn: trace.bytesIn, bytesOut: trace.bytesOut, durationMs, at },
    ...(trace.intercepted ? { intercepted: trace.intercepted } : {}),
  };
  if (outcome.kind === 'over') {
    const { endedBy } = outcome;
    return { type: 'egress.tunnelled', data: { ...common, connection, endedBy, clientBytesIn, clientBytesOut } };
  }
  const { code, stage, detail } = outcome.stop;
  const isKeptBack = isDenial(code) || ((code === 'KILLED' || code === 'TUNNEL_REFUSED') && !trace.sent);
  if (isKeptBack) return { type: 'egress.denied', data: { ...common, code, stage, detail } };
  return { type: 'egress.failed', data: { ...common, code, stage, detail, sent: trace.sent } };
}

/** The answer to the call, once the fact is sealed at this position. */
export function tunnelReplyOf(fact: TunnelFact, factPosition: number, found?: Stop): ReplyEnvelope<TunnelReply> {
  const { bytesIn, bytesOut } = fact.data;
  if (fact.type === 'egress.tunnelled')
    return { ok: true, value: { result: { endedBy: fact.data.endedBy }, bytesIn, bytesOut, factPosition } };
  const code = fact.data.code as FetchCode;
  const told: Rejection = { code, detail: publicDetail(fact), ...(found ? whatPolicySays(found) : {}) };
  const policy = code === 'POLICY_DENIED' ? { policy: fact.data.policy, rule: fact.data.rule } : {};
  return { ok: false, rejection: { ...told, ...policy, facts: { bytesIn, bytesOut, factPosition } } };
}

/** A recorded fact of a tunnel; undefined for that of another kind of call. */
export const asTunnelFact = (fact: EgressFact | FetchFact): TunnelFact | undefined =>
  fact.type === 'egress.completed' ? undefined : fact;
