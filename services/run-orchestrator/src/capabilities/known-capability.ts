import {
  announcementOf,
  callData,
  CAPABILITIES,
  callReply,
  effectOf,
  ErrorCodeName,
  failureIn,
  Json,
  JsonObject,
  subjectOf,
  type CapabilityContract,
  type CapabilityDescriptor,
  type ErrorCode,
} from '@causeway/contracts';
import { descriptorDigest } from './descriptor.ts';
import { compileSchema, type Check } from './json-schema.ts';

/** What making a call needs to know of a capability. */
export type CallableCapability = Pick<
  CapabilityContract,
  | 'id'
  | 'owner'
  | 'risk'
  | 'decisive'
  | 'untrusted'
  | 'safeToRepeat'
  | 'effectsOf'
  | 'failureOf'
  | 'rejections'
  | 'reserves'
  | 'lastsMs'
  | 'call'
>;

/** A capability as it was announced, ready to be used: what it says of itself is what is enforced. */
export type KnownCapability = CallableCapability & {
  readonly version: string;
  readonly descriptor: CapabilityDescriptor;
  readonly digest: string;
  readonly checkInput: Check;
};

/** Makes an announced capability ready. Throws when one of its schemas cannot be enforced. */
export function knownCapability(descriptor: CapabilityDescriptor, digest: string): KnownCapability {
  const { id, version, owner, untrusted, safeToRepeat, effects, failsWhen } = descriptor;
  const rejections = descriptor.rejections.filter((code): code is ErrorCode => ErrorCodeName.safeParse(code).success);
  const checkResult = compileSchema(descriptor.resultSchema);
  const result = Json.refine((value) => checkResult(value).ok, 'does not fit the announced schema of the result');
  const subject = subjectOf({ kind: 'capability', owner, capability: id });
  const reply = callReply(result) as CapabilityContract['call']['reply'];
  const data = callData(JsonObject) as unknown as CapabilityContract['call']['data'];
  return {
    ...{ id, version, owner, untrusted, safeToRepeat, rejections, descriptor, digest },
    ...descriptor.approval,
    ...bundledBounds(descriptor, digest),
    checkInput: compileSchema(descriptor.inputSchema),
    effectsOf: (input) => effectOf(effects, input as JsonObject),
    failureOf: (value) => failureIn(failsWhen, value),
    call: { kind: 'capability', owner, name: id, subject, data, reply, rejections },
  };
}

/**
 * The most that a call can use and how long it may last, for a capability that is announced as this version knows it: how that follows from the
 * input is not data. Of any other capability nothing is known: nothing but the step is set aside, and it lasts as long as any.
 */
function bundledBounds({ id }: CapabilityDescriptor, digest: string): Pick<CallableCapability, 'reserves' | 'lastsMs'> {
  const bundled = CAPABILITIES.get(id);
  if (!bundled || descriptorDigest({ ...announcementOf(bundled), owner: bundled.owner }) !== digest) return {};
  const { reserves, lastsMs } = bundled;
  return { ...(reserves ? { reserves } : {}), ...(lastsMs ? { lastsMs } : {}) };
}
