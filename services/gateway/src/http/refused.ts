import type { ErrorCode, Rejection } from '@causeway/contracts';

/** Thrown where a request is refused before an operation has it; recognised by its `rejection`. */
export class RefusedError extends Error {
  readonly rejection: Rejection;
  constructor(code: ErrorCode, detail: string, more: Omit<Rejection, 'code' | 'detail'> = {}) {
    super(detail);
    this.rejection = { code, detail, ...more };
  }
}
