import { keepResult, type CapabilityContract, type Json, type JsonObject, type Rejection, type StepGrant, type StepResult, type Usage } from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { resultIdOf } from '../edge.ts';
import type { StepFate } from '../runs/domain/run.commands.ts';

/** `lost`: no answer, and whether the call took effect is not known here. */
export type CallEnd = StepFate | { readonly state: 'lost'; readonly reachedNobody: boolean; readonly detail: string };

export type Call = { readonly capability: CapabilityContract; readonly grant: StepGrant; readonly input: JsonObject };

/** Results up to this many bytes of JSON travel in line; larger ones are kept as a resource. */
const MAX_INLINE_BYTES = 16_384;
const RESEND_MS = 3_000;
const AFTER_DEADLINE_MS = 500;

/**
 * Calls the provider of a capability under a grant. A call that writes is sent once; any other is sent again, under the same call id, while
 * no answer comes. Ends at the grant's deadline.
 */
export async function callProvider(bus: Bus, call: Call): Promise<CallEnd> {
  const { capability, grant, input } = call;
  const startedMs = performance.now();
  const timeoutMs = Math.max(1, Date.parse(grant.deadlineAt) - Date.now()) + AFTER_DEADLINE_MS;
  const writes = capability.effectsOf(input) === 'writes';
  const meta = { id: grant.callId, actor: { kind: 'agent' as const, id: grant.agentId }, correlationId: grant.runId };
  const options = writes ? { timeoutMs, send: 'once' as const } : { timeoutMs, attemptMs: RESEND_MS };
  const reply = await bus.request(capability.call, { grant, input }, meta, options);
  const durationMs = Math.round(performance.now() - startedMs);
  if (!reply.ok) return fateOfRefusal(reply.rejection, durationMs);
  const { result, bytesIn, bytesOut, factPosition } = reply.value;
  const usage: Usage = { bytesIn, bytesOut, durationMs };
  const kept = await keep(bus, call, result as Json);
  const fact = factPosition === undefined ? {} : { factPosition };
  const failure = capability.failureOf?.(result);
  if (failure === undefined) return { state: 'succeeded', result: kept, usage, ...fact };
  return { state: 'failed', rejection: { code: 'UPSTREAM_REFUSED', detail: failure }, result: kept, usage, ...fact };
}

function fateOfRefusal(rejection: Rejection, durationMs: number): CallEnd {
  if (rejection.code === 'SERVICE_UNAVAILABLE') {
    return { state: 'lost', reachedNobody: rejection.facts?.['reachedNobody'] === true, detail: rejection.detail };
  }
  if (rejection.code === 'STEP_OUTCOME_UNKNOWN') return { state: 'unknown', reason: rejection.detail };
  const count = (name: string) => {
    const value = rejection.facts?.[name];
    return typeof value === 'number' ? value : 0;
  };
  return { state: 'failed', rejection, usage: { bytesIn: count('bytesIn'), bytesOut: count('bytesOut'), durationMs } };
}

async function keep(bus: Bus, { capability, grant }: Call, value: Json): Promise<StepResult> {
  const { untrusted } = capability;
  const json = JSON.stringify(value);
  if (Buffer.byteLength(json) <= MAX_INLINE_BYTES) return { value, untrusted };
  const { sessionId, runId, stepId } = grant;
  const resourceId = resultIdOf(runId, stepId);
  const meta = { id: `${grant.callId}-result`, actor: { kind: 'system' as const, id: 'run-orchestrator' }, correlationId: runId };
  const data = { resourceId, sessionId, runId, stepId, capability: capability.id, json, untrusted };
  const reply = await bus.request(keepResult, data, meta, { timeoutMs: 10_000, attemptMs: RESEND_MS });
  return reply.ok ? { resourceId, untrusted } : { untrusted };
}
