export * from './aggregate-handler.ts';
export type { CommandMeta } from './batch-plan.ts';
export * from './decider.ts';
export * from './layered-map.ts';
export * from './ledger-port.ts';
export * from './memory-ledger.ts';
export * from './recent.ts';
export * from './specification.ts';
