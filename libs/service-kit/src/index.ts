export * from './config.ts';
export * from './health-server.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './nest-logger.ts';
export * from './run-service.ts';
export * from './spent-buffers.ts';
