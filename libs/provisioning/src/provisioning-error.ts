/** Something Causeway needs to run could not be had. The message says what happened, why, and what to do next. */
export class ProvisioningError extends Error {
  readonly code = 'PROVISIONING_FAILED';
  override readonly name = 'ProvisioningError';
}

/** One line that says what went wrong, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
