import { factStreamOf, type FetchResult, type Json, type ReplyEnvelope, type StepGrant } from '@causeway/contracts';
import type { LedgerPort } from '@causeway/eventing';
import { canonicalJson } from '@causeway/ledger';
import { passing, rejected, type Log } from '@causeway/messaging';
import { createHash } from 'node:crypto';
import type { AnswerSink } from '../bodies/passed-answer.ts';
import type { Edge } from '../edge.ts';
import type { CallsInHand } from './calls-in-hand.ts';
import { factOf, replyOf, type FetchFact, type FetchReply, type Outcome } from './fact.ts';
import { FetchStopped, halt, isDenial, stop, type Stop } from './fetch-stop.ts';
import { grantStop } from './grant-guard.ts';
import type { Outside, Surroundings } from './outside.ts';
import { sendOut, type Face, type PipelineCall } from './pipeline.ts';
import type { SecretDesks } from '../secrets/secret-desks.ts';
import type { Packs } from '../packs/packs.ts';
import { recentCalls } from './recent-calls.ts';
import type { FetchRequest } from './request-guard.ts';
import { timeLimitMs } from './time-limit.ts';
import { newTrace, type Trace } from './trace.ts';

/** A call as it arrives: the grant, the input that the grant was given for, and the request that the input stands for. */
export type FetchCall = {
  readonly grant: StepGrant;
  readonly input: Json;
  readonly request: FetchRequest;
  /** How it is sent, when not as the request says. */
  readonly send?: (outside: Outside, call: PipelineCall, trace: Trace) => Promise<FetchResult>;
  /** The way by which it came; left out: as a fetch. */
  readonly face?: Face;
  /** Who reads a large answer while it comes in. Its end is given to them once the fact is sealed. */
  readonly sink?: AnswerSink | undefined;
};
export type FetchAnswer = ReplyEnvelope<FetchReply>;
export type FetchCalls = {
  readonly make: (call: FetchCall) => Promise<FetchAnswer>;
  /** The answer of a call that was made, or is being made; undefined when none is known. Makes none. */
  readonly recall: (call: Pick<FetchCall, 'grant' | 'input'>) => Promise<FetchAnswer | undefined>;
};

export type FetchParts = {
  /** The world outside; each call has the policy that its grant names. */
  readonly outside: Surroundings;
  /** The secrets of that policy's pack. */
  readonly secrets: Pick<SecretDesks, 'deskFor'>;
  readonly packs: Pick<Packs, 'active' | 'find'>;
  readonly ledger: LedgerPort;
  readonly edge: Edge;
  /** What can stop a call from outside. */
  readonly inHand: CallsInHand;
  readonly log: Log;
};

const UNRECORDED = ['EGRESS_LEDGER_UNREACHABLE'];
const MAX_PENDING = 256;

/**
 * Makes each call once and records one fact of it, before it is answered. A repeated call joins the one being made, or is answered from what
 * is known of it: nothing goes out twice. A call whose fact could not be recorded is answered as such; asked again, only the recording is
 * tried again.
 */
export function fetchCalls({ outside, packs, secrets, ledger, edge, inHand, log }: FetchParts): FetchCalls {
  const recent = recentCalls<FetchAnswer>((answer) => answer.ok || !UNRECORDED.includes(answer.rejection.code));
  const pending = new Map<string, Outcome>();

  async function outcomeOf(call: FetchCall, inputDigest: string): Promise<Outcome> {
    const startedMs = edge.elapsedMs();
    const trace = newTrace(call.grant.rule);
    const ended = await run(call, inputDigest, trace);
    return { ...ended, trace, at: edge.now(), durationMs: Math.round(edge.elapsedMs() - startedMs) };
  }

  async function run(call: FetchCall, inputDigest: string, trace: Trace): Promise<Ended> {
    const found = await packs.find(call.grant.policy);
    const policy = found ?? packs.active();
    const now = edge.now();
    const ownLimitMs = timeLimitMs(policy.pack, call.grant.rule, call.face);
    const timeoutMs = Math.max(1, Math.min(ownLimitMs, Date.parse(call.grant.deadlineAt) - Date.parse(now)));
    const { signal: stopped, leave } = inHand.enter(call.grant);
    const limit = { stopped, signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), stopped]), timeoutMs };
    try {
      halt(grantStop(call.grant, { inputDigest, policy: policy.ref, now }));
      halt(stopped.aborted ? killed(stopped, 'grant') : undefined);
      const rules = { ...outside.rules, named: policy.pack.destinations };
      const governed = { ...outside, policy, rules };
      const there = { ...governed, secrets: await secrets.deskFor(governed) };
      const { send = sendOut } = call;
      return { kind: 'completed', result: await send(there, { ...call, signal: limit.signal }, trace) };
    } catch (error) {
      return { kind: 'stopped', stop: stopOf(error, limit) };
    } finally {
      leave();
    }
  }

  function stopOf(error: unknown, { stopped, signal, timeoutMs }: Limit): Stop {
    if (!(error instanceof FetchStopped)) {
      log.error({ err: error }, 'a call failed for a reason of our own');
      return stop('INTERNAL', 'exchange', 'egress-proxy failed on this call; its log says why');
    }
    const { stop: found } = error;
    if (found.code === 'SECRET_ECHOED') log.error({ stage: found.stage, why: found.detail }, 'a secret came back');
    if (!signal.aborted || isDenial(found.code) || found.code === 'SECRET_ECHOED') return found;
    return stopped.aborted ? killed(stopped, found.stage) : tooSlow(found, timeoutMs);
  }

  async function seal(call: FetchCall, outcome: Outcome): Promise<FetchAnswer> {
    const { callId, runId, agentId } = call.grant;
    const stream = factStreamOf(callId);
    const fact = factOf(call, outcome);
    const event = {
      id: edge.newUuid(),
      ...fact,
      scope: runId,
      correlationId: runId,
      actor: { kind: 'agent' as const, id: agentId },
    };
    const request = { appendId: edge.newUuid(), writes: [{ stream, expected: 'none' as const, events: [event] }] };
    passing('before-fact', call.grant);
    const answer = await ledger.append(request);
    // Another replica was asked as well and has recorded the call: its fact is the fact.
    return answer.appended
      ? replyOf(fact, answer.firstPosition, outcome)
      : ((await answerFromLedger(stream)) ?? unrecorded(call, outcome));
  }

  async function answerFromLedger(stream: string): Promise<FetchAnswer | undefined> {
    const [recorded] = await ledger.readStream(stream, 1);
    if (!recorded) return undefined;
    if (recorded.data === undefined || recorded.data === null)
      return rejected('STEP_OUTCOME_UNKNOWN', 'the call was made, but what is known of it was erased');
    return replyOf({ type: recorded.type, data: recorded.data } as FetchFact, recorded.position);
  }

  async function first(call: FetchCall, inputDigest: string): Promise<FetchAnswer> {
    const { callId } = call.grant;
    let outcome = pending.get(callId);
    try {
      const known = await answerFromLedger(factStreamOf(callId));
      if (known) return known;
      outcome ??= await outcomeOf(call, inputDigest);
      const answer = await seal(call, outcome);
      pending.delete(callId);
      return answer;
    } catch (err) {
      if (outcome) remember(callId, outcome);
      log.error({ err, callId, made: outcome !== undefined }, 'a call could not be recorded');
      return unrecorded(call, outcome);
    }
  }

  function remember(callId: string, outcome: Outcome): void {
    pending.set(callId, outcome);
    const [oldest] = pending.keys();
    if (pending.size > MAX_PENDING && oldest !== undefined) pending.delete(oldest);
  }

  return {
    make: (call) => {
      const inputDigest = digestOf(call.input);
      const joined = recent.join(call.grant.callId, inputDigest, () => first(call, inputDigest));
      return joined ?? Promise.resolve(rejected('GRANT_MISMATCH', 'this call id stands for another call'));
    },
    recall: ({ grant, input }) =>
      recent.known(grant.callId, digestOf(input)) ?? answerFromLedger(factStreamOf(grant.callId)),
  };
}

/** SHA-256 as the grant's; an input without canonical form has no digest, so that no grant fits it. */
export function digestOf(input: Json): string {
  try {
    return createHash('sha256').update(canonicalJson(input)).digest('hex');
  } catch {
    return '';
  }
}

type Ended =
  | { readonly kind: 'completed'; readonly result: FetchReply['result'] }
  | { readonly kind: 'stopped'; readonly stop: Stop };

type Limit = { readonly stopped: AbortSignal; readonly signal: AbortSignal; readonly timeoutMs: number };

const killed = ({ reason }: AbortSignal, stage: Stop['stage']): Stop =>
  stop('KILLED', stage, `the call was stopped: ${String(reason)}`);

const tooSlow = ({ stage }: Stop, timeoutMs: number): Stop =>
  stop('UPSTREAM_TIMEOUT', stage, `the call was not done within its ${timeoutMs} ms`);

function unrecorded({ request }: FetchCall, outcome: Outcome | undefined): FetchAnswer {
  if (outcome?.trace.sent && request.method === 'POST')
    return rejected(
      'STEP_OUTCOME_UNKNOWN',
      'the request was sent, but the ledger could not record what came of it; check the destination before doing it again',
    );
  return rejected(
    'EGRESS_LEDGER_UNREACHABLE',
    'the ledger cannot be reached, so the call is not made or its answer not given; try again later',
  );
}
