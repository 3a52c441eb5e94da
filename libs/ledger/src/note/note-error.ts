export type NoteErrorCode =
  | 'KEY_MALFORMED'
  | 'KEY_ID_MISMATCH'
  | 'KEY_AMBIGUOUS'
  | 'NOTE_MALFORMED'
  | 'SIGNATURE_WRONG'
  | 'NOT_SIGNED_BY_KNOWN_KEY';

/** A key or a note that is malformed, or a note that is not signed as it should be. */
export class NoteError extends Error {
  readonly code: NoteErrorCode;

  constructor(code: NoteErrorCode, message: string) {
    super(message);
    this.name = 'NoteError';
    this.code = code;
  }
}
