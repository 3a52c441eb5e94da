import type { ErasureTarget } from './audit-ledger/erasure.ts';
import { EVENT_CONTRACTS } from './catalog.ts';
import { erasableTree, splitData, withPlaceholders, type ErasableTree } from './erasable.ts';
import type { Json } from './json.ts';

const NOTHING = erasableTree({});

/** The erasable members of this type of event; none for a type that this version does not know. */
export const erasableIn = (type: string): ErasableTree => EVENT_CONTRACTS.get(type)?.erasable ?? NOTHING;

/** What stands in a leaf, made whole with placeholders. */
export const withoutErased = (type: string, kept: Json): Json => withPlaceholders(kept, erasableIn(type));

/** How far an erasure reaches, as its event says. */
export type Erasure = { readonly target: ErasureTarget; readonly before: number };
type Placed = { readonly position: number; readonly stream: string; readonly scope: string };

/** Whether an erasure reaches this event. */
export function isReached({ target, before }: Erasure, { position, stream, scope }: Placed): boolean {
  if (position >= before) return false;
  if ('scope' in target) return target.scope === scope;
  return 'stream' in target ? target.stream === stream : target.positions.includes(position);
}

type Readable = { readonly type: string; readonly data?: unknown; readonly erased?: true };

/**
 * The event as the ledger tells it once its data is erased: placeholders for the erasable members, and `erased`. Unchanged when it has none.
 * Whoever holds a copy of an event uses this when it hears of the erasure, and so does not depend on when the ledger gets to it.
 */
export function erasedForm<Event extends Readable>(event: Event): Event {
  if (event.erased || event.data === undefined) return event;
  const tree = erasableIn(event.type);
  const { kept, taken } = splitData(event.data as Json, tree);
  return taken === undefined ? event : { ...event, data: withPlaceholders(kept, tree), erased: true };
}
