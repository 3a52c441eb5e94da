import { isConsistent, toHex } from '@causeway/ledger';
import { SigningRefused, type Succession, type TreeHead } from './signer.ts';

const OUTLOOK = 'nothing was signed; docs/ledger-operations.md, "Rollback", says what to do';

/**
 * Refuses what does not go on from the last signed tree: a smaller tree, another root for the same size, or a proof that does not hold.
 * Returns when it may be signed; throws SigningRefused OUTRUN, SMALLER or FORKED.
 */
export function assertSuccession(last: TreeHead, { fromSize, to, proof }: Succession): void {
  if (to.size < last.size)
    throw new SigningRefused(
      'SMALLER',
      `the log has ${to.size} events, but a checkpoint over ${last.size} was signed: it was rolled back; ${OUTLOOK}`,
    );
  if (fromSize !== last.size)
    throw new SigningRefused('OUTRUN', `the proof begins at size ${fromSize}, but size ${last.size} was signed last`);
  const claim = { fromSize, fromRoot: last.root, toSize: to.size, toRoot: to.root, proof };
  if (!isConsistent(claim))
    throw new SigningRefused(
      'FORKED',
      `the log with root ${toHex(to.root)} at size ${to.size} does not begin with the ${last.size} events that were signed as ${toHex(last.root)}: it was changed; ${OUTLOOK}`,
    );
}
