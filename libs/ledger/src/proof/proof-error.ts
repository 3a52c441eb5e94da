export type ProofErrorCode = 'PROOF_MALFORMED';

/** A text that is not the proof, or the request with a proof, that it should be. */
export class ProofError extends Error {
  readonly code: ProofErrorCode;

  constructor(message: string) {
    super(message);
    this.name = 'ProofError';
    this.code = 'PROOF_MALFORMED';
  }
}
