import { assertLedgerData, CanonicalJsonError } from '@causeway/ledger';

/** Why the ledger would not seal this value, naming the part that is wrong; undefined when it would. */
export function sealingProblem(value: unknown): { readonly path: string; readonly message: string } | undefined {
  try {
    assertLedgerData(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof CanonicalJsonError)) throw error;
    return { path: error.path.join('.'), message: error.message };
  }
}
