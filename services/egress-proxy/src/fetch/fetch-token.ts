/** Nest's name for the fetch calls. */
export const FETCH_CALLS = Symbol('fetch calls');
