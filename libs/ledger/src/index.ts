export {
  BUNDLE_FILES,
  BundleError,
  formatEvent,
  wholeTiles,
  type BundleFiles,
  type BundleKeys,
  type BundleSink,
  type Manifest,
} from './bundle/bundle.ts';
export { proveEvent } from './bundle/prove-event.ts';
export { openBundle, type OpenBundle } from './bundle/read-bundle.ts';
export { writeBundle, type BundleContent } from './bundle/write-bundle.ts';
export type { ArchiveSeen } from './archives.ts';
export * from './canonical-json.ts';
export { chainHash, chainHashHex, genesis, HASH_BYTES, leafHash, leafHashHex, sameBytes, toHex } from './chain.ts';
export * from './leaf.ts';
export * from './merkle/proofs.ts';
export { compactRange, EMPTY_ROOT, nodeHash, rootOf, type CompactRange, type GrowingTree } from './merkle/tree-hash.ts';
export * from './note/add-checkpoint.ts';
export * from './note/checkpoint.ts';
export * from './note/cosignature.ts';
export {
  formatSigningKey,
  formatVerifierKey,
  newSigningKey,
  parseSigningKey,
  parseVerifierKey,
  type SigningKey,
  type VerifierKey,
} from './note/keys.ts';
export * from './note/note-error.ts';
export * from './note/note.ts';
export * from './proof/proof-error.ts';
export * from './proof/tlog-proof.ts';
export * from './tiles/tile-error.ts';
export * from './tiles/tile-reader.ts';
export {
  decodeEntryBundle,
  encodeEntryBundle,
  entriesPath,
  parseTilePath,
  TILE_WIDTH,
  tilePath,
  TILE_HEIGHT,
  tilesOf,
  type TileId,
  type TilePath,
} from './tiles/tiles.ts';
export { partialTilesOf, tileBuilder, type BuiltTile, type TileBuilder } from './tiles/tile-builder.ts';
export * from './verify.ts';
export { judgeLog, type Judgement } from './verify/judge-log.ts';
export { widthIn, type LogSource, type Milestone } from './verify/log-source.ts';
export * from './verify/statement.ts';
export { withArchive } from './verify/with-archive.ts';
