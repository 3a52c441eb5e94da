import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Fields that may hold a secret or an agent's data: never logged. */
const REDACTED = ['password', 'token', 'authorization', 'secret', 'apiKey', 'body', 'input', 'data'];

/** JSON lines on standard output. */
export function createLog(service: string, level: string): Logger {
  const paths = REDACTED.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
  });
}
