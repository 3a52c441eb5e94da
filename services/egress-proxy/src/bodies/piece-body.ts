/** A body on its way out, piece by piece. */
export type PieceBody = {
  /** Undefined where nobody knows before its end. */
  readonly sizeBytes: number | undefined;
  readonly sha256: string | undefined;
  /** Its bytes, one piece in memory at a time. Throws FetchStopped when it cannot be sent whole, always before its last piece. */
  readonly pieces: () => AsyncGenerator<Uint8Array>;
};
