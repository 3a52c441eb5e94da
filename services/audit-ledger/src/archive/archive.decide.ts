import { MAX_ARCHIVED_POSITIONS, type ArchivedRange } from '@causeway/contracts';

/** What decides about archiving a range, besides what it holds. Positions and sizes count events from the start of the log. */
export type Situation = {
  /** Size of the newest signed checkpoint. */
  readonly signedTo: number;
  /** Size of the newest checkpoint that a witness cosigned; undefined while none ever did. */
  readonly cosignedTo?: number | undefined;
  /** Everything before it is on the bus. */
  readonly publishedTo: number;
  /** Position of an erasure of which copies are still left. */
  readonly unfinishedErasure?: number | undefined;
  /** Position of an archive that holds events of the range. */
  readonly archivedBy?: number | undefined;
};

/** Why a range cannot be archived now, and what to do; undefined when nothing speaks against it. */
export function refusalOf({ from, to }: Omit<ArchivedRange, 'digest'>, situation: Situation): string | undefined {
  const { signedTo, cosignedTo, publishedTo, unfinishedErasure } = situation;
  if (from >= to)
    return `there are no positions from ${from} to before ${to}; name the first, and a later one before which to end`;
  if (to - from > MAX_ARCHIVED_POSITIONS)
    return `one archive reaches over at most ${MAX_ARCHIVED_POSITIONS} positions, not ${to - from}; make several`;
  if (to > signedTo)
    return `the newest checkpoint has ${signedTo} events, and what is archived has to be signed; end before that`;
  if (cosignedTo !== undefined && to > cosignedTo)
    return `witnesses stand behind ${cosignedTo} events; wait until they have cosigned ${to}, or end before that`;
  if (to > publishedTo)
    return `the log is on the bus up to position ${publishedTo}; wait until ${to} is, or end before that`;
  if (unfinishedErasure !== undefined)
    return `the erasure at position ${unfinishedErasure} still removes copies; ask again once it is finished`;
  return undefined;
}
