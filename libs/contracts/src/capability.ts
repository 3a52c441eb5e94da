import { z } from 'zod';
import { type MessageContract } from './define.ts';
import type { ModelTerms } from './egress-proxy/model-terms.ts';
import { effectOf, failureIn, possibleEffects, type EffectRules, type Effects, type FailureRule } from './effects.ts';
import type { ErrorCode } from './errors.ts';
import { CallId, PrincipalId, RunId, SessionId, Sha256Hex, StepId } from './ids.ts';
import type { JsonObject } from './json.ts';
import { PolicyRef } from './policy-ref.ts';
import type { Risk } from './run-orchestrator/approval.ts';
import { Amounts } from './run-orchestrator/budget.ts';
import { subjectOf } from './subjects.ts';

/**
 * Leave to make one call: bound to the step, the policy decision and the input. A provider refuses a grant that is past its deadline or
 * does not fit the input. The same call id again is the same call.
 */
export const StepGrant = z.strictObject({
  callId: CallId,
  sessionId: SessionId,
  agentId: PrincipalId,
  runId: RunId,
  stepId: StepId,
  attempt: z.int().min(1),
  rule: z.string(),
  policy: PolicyRef,
  deadlineAt: z.iso.datetime(),
  /** Most bytes that may come in for this call. */
  byteAllowance: z.int().min(0),
  /** What is reserved for this call, meter by meter; a provider keeps within it. Left out by earlier versions. */
  reserved: Amounts.optional(),
  /** SHA-256 over the RFC 8785 canonical form of the step's input. */
  inputDigest: Sha256Hex,
});
export type StepGrant = z.infer<typeof StepGrant>;

/** The data of a call, around this input. */
export const callData = <Input extends z.ZodType>(input: Input) => z.strictObject({ grant: StepGrant, input });
/** The answer to a call, around this result. */
export const callReply = <Result extends z.ZodType>(result: Result) =>
  z.strictObject({
    result,
    bytesIn: z.int().min(0),
    bytesOut: z.int().min(0),
    inputTokens: z.int().min(0).optional(),
    outputTokens: z.int().min(0).optional(),
    costMicros: z.int().min(0).optional(),
    storedBytes: z.int().min(0).optional(),
    /** The call was made before, and of its result only what the record keeps is left: a body is missing. */
    incomplete: z.boolean().optional(),
    /** Ledger position of the provider's fact about the call, when it recorded one. */
    factPosition: z.int().min(0).optional(),
  });

/** What bounds calls, from the policy pack; bytes where nothing else is said. */
export type CallBounds = {
  readonly maxRequestBytes: number;
  readonly maxResponseBytes: number;
  readonly maxRedirects: number;
  /** Of an answer's body that is kept as a resource, and of a resource that is sent as a body. Left out: there is neither. */
  readonly maxKeptBytes?: number;
  readonly maxSentBytes?: number;
  /** Calls of egress-proxy's own that one request can make necessary, for the secret that goes along. Left out: none. */
  readonly ownCalls?: number;
  /** Prices and limits of model calls. Left out: there are none. */
  readonly models?: readonly ModelTerms[];
  /** Of a call: in ms, from its decision on. */
  readonly timeoutMs: number;
  /** Of a body that the forward proxy passes on, each way, and how long that may take. Left out: it holds whole bodies only. */
  readonly forwardBytesIn?: number | undefined;
  readonly forwardBytesOut?: number | undefined;
  readonly forwardMs?: number | undefined;
  readonly tunnelMs: number;
  readonly tunnelBytesOut: number;
  readonly tunnelBytesIn: number;
  /** Hosts whose tunnels are looked into. Left out: there are none. */
  readonly intercept?: readonly string[];
};

export type CapabilityContract<Input extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> = {
  readonly id: string;
  readonly version: string;
  readonly owner: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly result: Result;
  readonly effectRules: EffectRules;
  readonly failsWhen?: FailureRule;
  /** A call that writes may be sent again under the same call id: its provider does each call once. Left out: no. */
  readonly safeToRepeat?: boolean;
  /** Every answer that `effectsOf` can give. */
  readonly effects: readonly Effects[];
  /** What this call does to the world, given its (valid) input. Only `writes` is never repeated by the system. */
  effectsOf(input: z.infer<Input>): Effects;
  /** Least risk of a wrong yes to it, when more than its effects tell. */
  readonly risk?: Risk;
  /** Top-level input fields that an approver's statement spells out; the others are told by size and digest. */
  readonly decisive?: readonly string[];
  /** Why an answer does not count as success, in words; undefined when it does. */
  failureOf(result: z.infer<Result>): string | undefined;
  /** The most that a call with this (valid) input can use, besides one step. Left out: nothing but the step is charged. */
  reserves?(input: z.infer<Input>, bounds: CallBounds): Omit<Amounts, 'steps'>;
  /** How long a call may last, in ms; left out: as long as any. */
  lastsMs?(bounds: CallBounds): number;
  /** Whether the result carries text from outside. */
  readonly untrusted: boolean;
  readonly rejections: readonly ErrorCode[];
  /** The message by which run-orchestrator calls it. */
  readonly call: MessageContract<ReturnType<typeof callData<Input>>, ReturnType<typeof callReply<Result>>>;
};

/** Declares a capability and the message by which run-orchestrator calls it. */
export function defineCapability<Input extends z.ZodType, Result extends z.ZodType>(
  definition: Omit<CapabilityContract<Input, Result>, 'call' | 'effects' | 'effectsOf' | 'failureOf'>,
): CapabilityContract<Input, Result> {
  const { id, owner, rejections, effectRules, failsWhen } = definition;
  const subject = subjectOf({ kind: 'capability', owner, capability: id });
  const data = callData(definition.input);
  return {
    ...definition,
    effects: possibleEffects(effectRules),
    effectsOf: (input) => effectOf(effectRules, input as JsonObject),
    failureOf: (result) => failureIn(failsWhen, result),
    call: { kind: 'capability', owner, name: id, subject, data, reply: callReply(definition.result), rejections },
  };
}

/** The name of the stream that holds the provider's fact about a call: recovery looks there. */
export const factStreamOf = (callId: string): string => callId;
/** The name of the stream that holds the facts of calls that the provider made for a call, of its own: they are charged with it, whatever became of it. */
export const ownFactStreamOf = (callId: string): string => `${callId}-own`;
