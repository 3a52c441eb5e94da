export { foreignVerifiers, type ForeignVerifier, type Verdict } from './foreign/foreign-verifier.ts';
export { writeProofFolder, type ProofFolder } from './foreign/proof-folder.ts';
export * from './ledger-on-bus.ts';
export * from './ledger-port.features.ts';
export * from './service-process.ts';
export * from './test-infrastructure.ts';
export { stopTestPostgres, type TestDatabase } from './test-postgres.ts';
export type { TestNats } from './test-nats.ts';
export * from './until.ts';
