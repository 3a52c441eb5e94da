import type { SecretReference } from '@causeway/policy';
import type { Payer } from '../own-account.ts';

/** Where values come from. */
export type SecretSource = {
  /**
   * The value as it is now, in a buffer that is the caller's. Throws FetchStopped SECRET_UNAVAILABLE.
   * @param payer the call that the value is needed for
   */
  readonly read: (reference: SecretReference, payer: Payer) => Promise<Buffer>;
};
