import type { Rejection } from '@causeway/contracts';

/** A question that is refused; what asks the database throws it, and whoever asked gets the rejection. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly rejection: Rejection;
  constructor(rejection: Rejection) {
    super(rejection.detail);
    this.rejection = rejection;
  }
}
