export type { RequestOptions } from './ask.ts';
export * from './bus.ts';
export * from './duty.ts';
export * from './event-stream.ts';
export * from './follow-log.ts';
export * from './ledger-client.ts';
export * from './log.ts';
export * from './reply.ts';
