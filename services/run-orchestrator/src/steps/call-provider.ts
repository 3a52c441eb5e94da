import {
  CHARGED_METERS,
  keepResult,
  Rejection,
  type Json,
  type JsonObject,
  type StepGrant,
  type StepResult,
  type Usage,
} from '@causeway/contracts';
import type { Bus, RequestOptions } from '@causeway/messaging';
import type { CallableCapability } from '../capabilities/known-capability.ts';
import { resultIdOf } from '../edge.ts';
import { matchesIn } from '../runs/domain/predicates/watched.ts';
import type { StepFate } from '../runs/domain/run.commands.ts';
import { sealingProblem } from '../sealable.ts';
import type { WatchedResult } from './watched-result.ts';

/**
 * `lost`: no answer that can be relied on, and whether the call took effect is not known here. `rest`: of a call that reads, what is known of its
 * result although it was made before and the result is gone.
 */
export type CallEnd = StepFate | Lost;
export type Lost = {
  readonly state: 'lost';
  readonly reachedNobody: boolean;
  readonly detail: string;
  readonly rest?: StepFate;
};

export type Call = {
  readonly capability: CallableCapability;
  readonly grant: StepGrant;
  readonly input: JsonObject;
  /** What predicates look for in the result: it is looked at as a whole, before it is kept elsewhere. */
  readonly watched?: WatchedResult;
};
export type Asking = Pick<Bus, 'request'>;

/** What a provider counts; the step itself is ours to count. */
const METERED = CHARGED_METERS.filter((meter) => meter !== 'steps');
/** Results up to this many bytes of JSON travel in line; larger ones are kept as a resource. */
const MAX_INLINE_BYTES = 16_384;
const RESEND_MS = 3_000;
const AFTER_DEADLINE_MS = 500;
const KEEP_WITHIN_MS = 10_000;

/** Whether a call, if it was made twice, might take effect twice. */
export const isWrite = ({ capability, input }: Pick<Call, 'capability' | 'input'>): boolean =>
  capability.effectsOf(input) === 'writes' && capability.safeToRepeat !== true;

/**
 * Calls the provider of a capability under a grant, until the grant's deadline. A call that writes is sent once; any other is sent again,
 * under the same call id, while no answer comes. What does not fit the capability's contract is not taken for an answer.
 */
export function callProvider(bus: Asking, call: Call): Promise<CallEnd> {
  const timeoutMs = Math.max(1, Date.parse(call.grant.deadlineAt) - Date.now()) + AFTER_DEADLINE_MS;
  return ask(bus, call, isWrite(call) ? { timeoutMs, send: 'once' } : { timeoutMs, attemptMs: RESEND_MS });
}

/** Asks once more about a call that is known to be recorded: its provider answers from the record and does not make the call again. */
export const askAboutCall = (bus: Asking, call: Call): Promise<CallEnd> =>
  ask(bus, call, { timeoutMs: KEEP_WITHIN_MS, attemptMs: RESEND_MS });

const RESULT_GONE: Lost = { state: 'lost', reachedNobody: false, detail: 'the call was made, and its result is gone' };

async function ask(bus: Asking, call: Call, options: RequestOptions): Promise<CallEnd> {
  const { capability, grant, input } = call;
  const startedMs = performance.now();
  const meta = { id: grant.callId, actor: { kind: 'agent' as const, id: grant.agentId }, correlationId: grant.runId };
  const reply: unknown = await bus.request(capability.call, { grant, input }, meta, options);
  const durationMs = Math.round(performance.now() - startedMs);
  const answer = answerIn(reply, capability);
  switch (answer.kind) {
    case 'value': {
      const { incomplete = false, ...value } = answer.value;
      const fate = await fateOfValue(bus, call, { ...value, durationMs });
      return incomplete && !isWrite(call) ? { ...RESULT_GONE, rest: fate } : fate;
    }
    case 'rejection':
      return fateOfRejection(call, answer.rejection, durationMs);
    case 'malformed':
      return unreliable(
        call,
        `${capability.owner} answered ${capability.id} in a form that its contract does not have`,
      );
  }
}

type Metered = Omit<Usage, 'durationMs'>;
type Value = Metered & {
  readonly result: unknown;
  readonly factPosition?: number;
  readonly incomplete?: boolean;
};
type ProviderAnswer =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }
  | { readonly kind: 'malformed' };

/** Reads a reply as if it came from a stranger: a provider of another version may not keep to the contract. */
function answerIn(reply: unknown, { call }: CallableCapability): ProviderAnswer {
  if (typeof reply !== 'object' || reply === null || !('ok' in reply)) return { kind: 'malformed' };
  if (reply.ok === true && 'value' in reply) {
    const value = call.reply.safeParse(reply.value);
    return value.success ? { kind: 'value', value: withoutUndefined(value.data) } : { kind: 'malformed' };
  }
  const rejection = Rejection.safeParse('rejection' in reply ? reply.rejection : undefined);
  const isReadable = rejection.success && sealingProblem(rejection.data) === undefined;
  return isReadable ? { kind: 'rejection', rejection: rejection.data } : { kind: 'malformed' };
}

function withoutUndefined({ result, bytesIn, bytesOut, ...rest }: { [Key in keyof Value]: Value[Key] }): Value {
  const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { result, bytesIn, bytesOut, ...present };
}

async function fateOfValue(
  bus: Asking,
  call: Call,
  { result, factPosition, ...usage }: Omit<Value, 'incomplete'> & { readonly durationMs: number },
): Promise<StepFate> {
  const failure = call.capability.failureOf(result);
  const kept = await keep(bus, call, result as Json);
  const storedBytes = (usage.storedBytes ?? 0) + kept.storedBytes;
  const facts = {
    usage: { ...usage, ...(storedBytes > 0 ? { storedBytes } : {}) },
    ...(factPosition === undefined ? {} : { factPosition }),
  };
  if (failure !== undefined) {
    return { state: 'failed', rejection: { code: 'UPSTREAM_REFUSED', detail: failure }, result: kept.result, ...facts };
  }
  // An effect that took place has succeeded, whether or not its result could be kept; a read without a result has not.
  if (kept.lost && !isWrite(call)) return { state: 'failed', rejection: kept.lost, ...facts };
  return { state: 'succeeded', result: kept.result, ...foundIn(result as Json, call), ...facts };
}

function foundIn(
  result: Json,
  { watched }: Call,
): Pick<Extract<StepFate, { state: 'succeeded' }>, 'matches' | 'subgoalMatches'> {
  const matches = matchesIn(watched?.run ?? [], result);
  const subgoalMatches = matchesIn(watched?.subgoal ?? [], result);
  return {
    ...(matches.length > 0 ? { matches } : {}),
    ...(subgoalMatches.length > 0 ? { subgoalMatches } : {}),
  };
}

/** What a rejection means. Of a call that writes, only what its contract lists says for certain what became of it. */
function fateOfRejection(call: Call, rejection: Rejection, durationMs: number): CallEnd {
  const { code, detail, facts } = rejection;
  if (code === 'SERVICE_UNAVAILABLE')
    return { state: 'lost', reachedNobody: facts?.['reachedNobody'] === true, detail };
  if (code === 'STEP_OUTCOME_UNKNOWN') return { state: 'unknown', reason: detail };
  const isCertain = code === 'REQUEST_INVALID' || call.capability.rejections.includes(code);
  if (!isCertain && isWrite(call)) return { state: 'lost', reachedNobody: false, detail };
  return { state: 'failed', rejection, usage: { ...meteredIn(facts), durationMs } };
}

/** What a refused call used all the same, as far as its provider says. */
function meteredIn(facts: JsonObject | undefined): Metered {
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
  const counts = METERED.flatMap((meter) => (isCount(facts?.[meter]) ? [[meter, facts[meter]]] : []));
  return { bytesIn: 0, bytesOut: 0, ...Object.fromEntries(counts) };
}

function unreliable(call: Call, detail: string): CallEnd {
  if (isWrite(call)) return { state: 'lost', reachedNobody: false, detail };
  const usage = { bytesIn: 0, bytesOut: 0, durationMs: 0 };
  return { state: 'failed', rejection: { code: 'CAPABILITY_UNAVAILABLE', detail }, usage };
}

type Kept = { readonly result: StepResult; readonly storedBytes: number; readonly lost?: Rejection };

async function keep(bus: Asking, { capability, grant }: Call, value: Json): Promise<Kept> {
  const { untrusted } = capability;
  const json = JSON.stringify(value);
  const problem = sealingProblem(value);
  const sizeBytes = Buffer.byteLength(json);
  if (problem === undefined && sizeBytes <= MAX_INLINE_BYTES) return { result: { value, untrusted }, storedBytes: 0 };
  const mayStore = grant.reserved?.storedBytes ?? sizeBytes;
  if (sizeBytes > mayStore) return unkept(untrusted, tooLarge(sizeBytes, mayStore));
  const { sessionId, runId, stepId, callId } = grant;
  const resourceId = resultIdOf(callId);
  const meta = {
    id: `${callId}-result`,
    actor: { kind: 'system' as const, id: 'run-orchestrator' },
    correlationId: runId,
  };
  const data = { resourceId, sessionId, runId, stepId, capability: capability.id, json, untrusted };
  const reply = await bus.request(keepResult, data, meta, { timeoutMs: KEEP_WITHIN_MS, attemptMs: RESEND_MS });
  if (reply.ok) return { result: { resourceId, untrusted }, storedBytes: sizeBytes };
  return unkept(untrusted, reply.rejection);
}

const tooLarge = (sizeBytes: number, limit: number): Rejection => ({
  code: 'BUDGET_EXHAUSTED',
  detail: `it has ${sizeBytes} bytes, and ${limit} are left of storedBytes; ask an operator for more`,
  facts: { meter: 'storedBytes', limit, used: 0, reserved: 0 },
});

function unkept(untrusted: boolean, { code, detail, facts }: Rejection): Kept {
  const lost = { code, detail: `the result could not be kept: ${detail}`, ...(facts ? { facts } : {}) };
  return { result: { untrusted }, storedBytes: 0, lost };
}
