import type { Amounts, CallBounds, CapabilityContract, JsonObject } from '@causeway/contracts';
import { ownCallsOf, type PolicyPack } from '@causeway/policy';

/** The most that a call can use besides its step, as its capability declares; nothing where it declares nothing. */
export const worstCase = (
  capability: Pick<CapabilityContract, 'reserves'>,
  input: JsonObject,
  bounds: CallBounds,
): Omit<Amounts, 'steps'> => capability.reserves?.(input, bounds) ?? {};

/** What a policy pack bounds every call with. */
export const boundsOf = ({
  egress,
  models,
  secrets,
}: Pick<PolicyPack, 'egress' | 'models' | 'secrets'>): CallBounds => ({
  ...egress,
  models,
  ownCalls: ownCallsOf(secrets),
});
