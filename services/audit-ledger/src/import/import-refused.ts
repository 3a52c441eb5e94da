/** A log was not imported, and nothing was written; the message says why and what to do. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}
