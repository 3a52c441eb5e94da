import { isSpecialName } from '@causeway/policy';
import { stop, type Stop } from '../fetch/fetch-stop.ts';

/** RFC 1034 section 3.6.2 leaves the length of a chain open; honest ones have two or three. */
const MAX_ALIASES = 8;

/** What is wrong with following these names, the host first and then its aliases (CNAME), any further. */
export function chainStop(chain: readonly string[]): Stop | undefined {
  const [host = ''] = chain;
  const last = chain.at(-1) ?? '';
  if (chain.length - 1 > MAX_ALIASES)
    return stop('ADDRESS_REFUSED', 'resolve', `${host} has more than ${MAX_ALIASES} aliases in a row`);
  if (chain.indexOf(last) < chain.length - 1)
    return stop('ADDRESS_REFUSED', 'resolve', `the aliases of ${host} lead back to ${last}`);
  if (isSpecialName(last))
    return stop('ADDRESS_REFUSED', 'resolve', `${host} is an alias of ${last}, a name of local networks`);
  return undefined;
}
