export * from './document-projection.ts';
export * from './erased-documents.ts';
export * from './migrate.ts';
export * from './pool.ts';
export * from './projection-runner.ts';
export type { ClientBase, Pool, PoolClient } from 'pg';
