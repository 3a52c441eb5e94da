import type { Contestant } from '../../contestant.ts';

/** Another way to store events on the same Postgres. */
export type Peer = { readonly at: (inFlight: number) => Contestant; readonly close: () => Promise<void> };

/** Connections that a peer gets: 32, beyond which neither of them became faster. */
export const CONNECTIONS = 32;
