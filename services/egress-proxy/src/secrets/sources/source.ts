import type { StepGrant } from '@causeway/contracts';
import type { SecretReference } from '@causeway/policy';

/** Where values come from. */
export type SecretSource = {
  /**
   * The value as it is now, in a buffer that is the caller's. Throws FetchStopped SECRET_UNAVAILABLE.
   * @param grant of the step that the value is needed for
   */
  readonly read: (reference: SecretReference, grant: StepGrant) => Promise<Buffer>;
};
