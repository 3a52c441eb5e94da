export * from './canonical-json.ts';
export { chainHash, genesis, HASH_BYTES, leafHash, toHex } from './chain.ts';
export * from './leaf.ts';
export * from './verify.ts';
