type FromServer = { readonly code: string; readonly severity: string };

const fromServer = (error: unknown): FromServer | undefined =>
  error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string'
    ? (error as Error & FromServer)
    : undefined;

/** An id or a version is in the log already (SQLSTATE 23505). */
export const isUniqueViolation = (error: unknown): boolean => fromServer(error)?.code === '23505';

/**
 * Whether the server itself said that the statement failed, so that nothing of it was written. A connection that the server ended (FATAL), or
 * that ended otherwise, says nothing of the kind.
 */
export const isRolledBack = (error: unknown): boolean => fromServer(error)?.severity === 'ERROR';
