export type TileErrorCode = 'BUNDLE_MALFORMED' | 'TILE_MALFORMED' | 'TILE_TOO_SMALL';

/** Bytes that are not the tile or entry bundle that they should be, or a hash that no tile of the tree holds. */
export class TileError extends Error {
  readonly code: TileErrorCode;

  constructor(code: TileErrorCode, message: string) {
    super(message);
    this.name = 'TileError';
    this.code = code;
  }
}
