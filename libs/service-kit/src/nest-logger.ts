import type { LoggerService } from '@nestjs/common';
import type { Logger } from './log.ts';

/** Nest's own messages through our log: its start-up chatter at debug. */
export function nestLogger(log: Logger): LoggerService {
  return {
    log: (message: unknown) => log.debug({ nest: true }, String(message)),
    warn: (message: unknown) => log.warn({ nest: true }, String(message)),
    error: (message: unknown, stack?: unknown) => log.error({ nest: true, stack }, String(message)),
    debug: (message: unknown) => log.debug({ nest: true }, String(message)),
    verbose: () => {},
  };
}
