import {
  factStreamOf,
  type EgressFact,
  type ReplyEnvelope,
  type StepGrant,
  type TunnelInput,
} from '@causeway/contracts';
import type { LedgerPort } from '@causeway/eventing';
import { passing, rejected, type Log } from '@causeway/messaging';
import { bracketed, canonicalUrl } from '@causeway/policy';
import type { Edge } from '../edge.ts';
import type { CallsInHand } from '../fetch/calls-in-hand.ts';
import { FetchStopped, halt, isDenial, stop, type Stop } from '../fetch/fetch-stop.ts';
import { grantStop } from '../fetch/grant-guard.ts';
import type { Surroundings } from '../fetch/outside.ts';
import { newTrace, type Trace } from '../fetch/trace.ts';
import type { Packs } from '../packs/packs.ts';
import type { Interceptor } from '../intercept/interceptor.ts';
import { isOutgrown } from '../intercept/outgrown.ts';
import { recentCalls } from '../fetch/recent-calls.ts';
import { asTunnelFact, tunnelFactOf, tunnelReplyOf, type TunnelOutcome, type TunnelReply } from './tunnel-fact.ts';
import { holdTunnel, type TunnelClient, type TunnelOver } from './tunnel.ts';

export type TunnelAnswer = ReplyEnvelope<TunnelReply>;
export type TunnelRequest = {
  readonly grant: StepGrant;
  readonly input: TunnelInput;
  readonly inputDigest: string;
  /** The connection that waited for this call; undefined when there is none (any more). */
  readonly client: TunnelClient | undefined;
};
export type TunnelCalls = { readonly make: (call: TunnelRequest) => Promise<TunnelAnswer> };

export type TunnelParts = {
  readonly outside: Surroundings;
  readonly packs: Packs;
  readonly ledger: LedgerPort;
  readonly edge: Edge;
  readonly inHand: CallsInHand;
  readonly intercept: Interceptor;
  readonly log: Log;
};

type Ended = ({ readonly kind: 'over' } & TunnelOver) | { readonly kind: 'stopped'; readonly stop: Stop };
type Revocation = { readonly signal: AbortSignal; readonly end: () => void };
type Held = TunnelRequest & { readonly client: TunnelClient };
const MAX_PENDING = 256;

/**
 * Holds each tunnel once and records one fact of it when it is over. A repeated call joins, or is answered from what is known; without a connection that
 * waits nothing is opened.
 */
export function tunnelCalls({ outside, packs, ledger, edge, inHand, intercept, log }: TunnelParts): TunnelCalls {
  const recent = recentCalls<TunnelAnswer>((answer) => answer.ok || answer.rejection.code !== 'STEP_OUTCOME_UNKNOWN');
  const pending = new Map<string, TunnelOutcome>();

  async function outcomeOf(call: Held): Promise<TunnelOutcome> {
    const startedMs = edge.elapsedMs();
    const trace = newTrace(call.grant.rule);
    const ended = await run(call, trace);
    const { socket } = call.client;
    const client = { clientBytesIn: socket.bytesRead, clientBytesOut: socket.bytesWritten - socket.writableLength };
    return { ...ended, trace, ...client, at: edge.now(), durationMs: Math.round(edge.elapsedMs() - startedMs) };
  }

  async function run({ grant, input, inputDigest, client }: Held, trace: Trace): Promise<Ended> {
    const policy = (await packs.find(grant.policy)) ?? packs.active();
    const now = edge.now();
    const leftMs = Date.parse(grant.deadlineAt) - Date.parse(now);
    const timeoutMs = Math.max(1, Math.min(policy.pack.egress.tunnelMs, leftMs));
    const { signal: killed, leave } = inHand.enter(grant);
    const { signal: revoked, end } = revocation(grant, () => isOutgrown(trace, input.host, packs.active().pack.egress));
    const stopped = AbortSignal.any([killed, revoked]);
    const late = AbortSignal.timeout(timeoutMs);
    const limit = { stopped, late };
    try {
      halt(grantStop(grant, { inputDigest, policy: policy.ref, now }));
      const read = canonicalUrl(`https://${bracketed(input.host)}:${input.port}/`);
      if (!read.ok) throw new FetchStopped(stop('URL_REFUSED', 'url', `the host is not used: ${read.detail}`));
      const signal = AbortSignal.any([late, stopped]);
      const rules = { ...outside.rules, named: policy.pack.destinations };
      const there = { ...outside, policy, rules };
      const call = { grant, url: read.url, client, signal, intercept };
      return { kind: 'over', ...(await holdTunnel(there, call, trace)) };
    } catch (error) {
      return endOf(error, limit, trace);
    } finally {
      end();
      leave();
    }
  }

  /** Aborted once policy changes so that the rule which opens this tunnel is not there any more, or another, or the tunnel must be looked into. */
  function revocation({ policy, rule }: StepGrant, isUnseen: () => boolean): Revocation {
    const revoked = new AbortController();
    const end = packs.onPolicyChange(() => {
      if (!packs.mayGoOn({ policy, rule })) revoked.abort(`the rule ${rule} is not in force any more`);
      else if (isUnseen()) revoked.abort('the policy in force looks into tunnels to this host');
    });
    return { signal: revoked.signal, end };
  }

  /** A tunnel that lasted as long as it may is over, not failed. */
  function endOf(error: unknown, { stopped, late }: { stopped: AbortSignal; late: AbortSignal }, trace: Trace): Ended {
    if (!(error instanceof FetchStopped)) {
      log.error({ err: error }, 'a tunnel failed for a reason of our own');
      return {
        kind: 'stopped',
        stop: stop('INTERNAL', 'exchange', 'egress-proxy failed on this tunnel; its log says why'),
      };
    }
    const { stop: found } = error;
    if (isDenial(found.code) || found.code === 'TUNNEL_REFUSED') return { kind: 'stopped', stop: found };
    if (stopped.aborted)
      return { kind: 'stopped', stop: stop('KILLED', found.stage, `the call was stopped: ${String(stopped.reason)}`) };
    if (late.aborted && trace.sent) return { kind: 'over', endedBy: 'time' };
    return { kind: 'stopped', stop: late.aborted ? { ...found, code: 'UPSTREAM_TIMEOUT' } : found };
  }

  async function seal(
    { grant, input }: Pick<TunnelRequest, 'grant' | 'input'>,
    outcome: TunnelOutcome,
  ): Promise<TunnelAnswer> {
    const { callId, runId, agentId } = grant;
    const fact = tunnelFactOf(grant, input.connection, outcome);
    const actor = { kind: 'agent' as const, id: agentId };
    const event = { id: edge.newUuid(), ...fact, scope: runId, correlationId: runId, actor };
    const stream = factStreamOf(callId);
    passing('before-fact', grant);
    const answer = await ledger.append({
      appendId: edge.newUuid(),
      writes: [{ stream, expected: 'none', events: [event] }],
    });
    const found = outcome.kind === 'stopped' ? outcome.stop : undefined;
    return answer.appended
      ? tunnelReplyOf(fact, answer.firstPosition, found)
      : ((await recorded(stream)) ?? UNRECORDED);
  }

  async function recorded(stream: string): Promise<TunnelAnswer | undefined> {
    const [event] = await ledger.readStream(stream, 1);
    if (!event) return undefined;
    const fact = asTunnelFact({ type: event.type, data: event.data } as EgressFact);
    return event.data && fact ? tunnelReplyOf(fact, event.position) : UNRECORDED;
  }

  async function first(call: TunnelRequest): Promise<TunnelAnswer> {
    const { callId } = call.grant;
    let outcome = pending.get(callId);
    try {
      const known = await recorded(factStreamOf(callId));
      if (known) return known;
      const { client } = call;
      if (!outcome && !client) return CONNECTION_GONE;
      outcome ??= await outcomeOf({ ...call, client: client! });
      const answer = await seal(call, outcome);
      pending.delete(callId);
      return answer;
    } catch (err) {
      log.error({ err, callId, made: outcome !== undefined }, 'a tunnel could not be recorded');
      if (outcome) remember(callId, outcome);
      return outcome ? UNRECORDED : LEDGER_GONE;
    }
  }

  function remember(callId: string, outcome: TunnelOutcome): void {
    pending.set(callId, outcome);
    const [oldest] = pending.keys();
    if (pending.size > MAX_PENDING && oldest !== undefined) pending.delete(oldest);
  }

  return {
    make: (call) =>
      recent.join(call.grant.callId, call.inputDigest, () => first(call)) ??
      Promise.resolve(rejected('GRANT_MISMATCH', 'this call id stands for another call')),
  };
}

export const CONNECTION_GONE = rejected(
  'CONNECTION_GONE',
  'no connection waits for this step: whoever asked went away, or it waited elsewhere; send the request through the proxy again',
);
const UNRECORDED = rejected(
  'STEP_OUTCOME_UNKNOWN',
  'the tunnel was held, but what is known of it could not be recorded; check the destination',
);
const LEDGER_GONE = rejected(
  'EGRESS_LEDGER_UNREACHABLE',
  'the ledger cannot be reached, so the tunnel is not opened; try again later',
);
