import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Fields that may hold a secret or an agent's data: never logged. */
const REDACTED = ['password', 'token', 'authorization', 'secret', 'apiKey', 'body', 'input', 'data'];

/** JSON lines on standard output, or on `destination`. */
export function createLog(service: string, level: string, destination?: DestinationStream): Logger {
  const paths = REDACTED.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
  };
  return destination ? pino(options, destination) : pino(options);
}
