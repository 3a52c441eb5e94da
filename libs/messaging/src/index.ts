export type { RequestOptions } from './ask.ts';
export * from './bus.ts';
export * from './duty.ts';
export {
  eventStream,
  type EventStream,
  type EventStreamOptions,
  type StreamEnd,
  type StreamMessage,
} from './event-stream.ts';
export * from './follow-log.ts';
export * from './heeding-erasures.ts';
export * from './ledger-client.ts';
export * from './log.ts';
export * from './reply.ts';
export * from './stream-copies.ts';
