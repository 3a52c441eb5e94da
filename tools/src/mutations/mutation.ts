/** How a guard is taken out: its function answers this at once, or one stretch of text becomes another. */
export type Removal = { readonly returns: string } | { readonly from: string; readonly to: string };

export type Mutation = {
  /** The traps of docs/egress-traps.md that the guard is for. */
  readonly traps: string;
  readonly file: string;
  /** The function that is the guard, or that holds it. */
  readonly name: string;
  readonly removal: Removal;
  /** The file of tests of which one must fail without the guard, as the end of its path. */
  readonly test: string;
};

export const FETCH = 'services/egress-proxy/src/fetch';
export const INTERCEPT = 'services/egress-proxy/src/intercept';
export const GUARDS = 'services/egress-proxy/src/guards';
export const BODIES = 'services/egress-proxy/src/bodies';
export const MODELS = 'services/egress-proxy/src/models';
export const PROXY = 'services/egress-proxy/src/proxy';
export const SECRETS = 'services/egress-proxy/src/secrets';
export const POLICY = 'libs/policy/src';
const passes: Removal = { returns: 'undefined' };
/** One stretch of the function becomes another. */
export const without = (from: string, to = ''): Removal => ({ from, to });

/** An entry; `place` is `file#function`. Left to itself, the function finds nothing wrong any more. */
export function guard(traps: string, place: string, test: string, removal: Removal = passes): Mutation {
  const [file = '', name = ''] = place.split('#');
  return { traps, file, name, removal, test };
}
