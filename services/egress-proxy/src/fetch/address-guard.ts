import {
  isSpecialName,
  mayDial,
  namedDestination,
  type CanonicalUrl,
  type DialProfile,
  type NamedDestination,
} from '@causeway/policy';
import { isIPv4 } from 'node:net';
import { stop, type Stop } from './fetch-stop.ts';

export type AddressRules = { readonly named: readonly NamedDestination[]; readonly profile: DialProfile };

/** The address that needs no DNS: the one a destination names, or the literal itself. */
export function knownAddress({ host, port, isIpLiteral }: CanonicalUrl, { named }: AddressRules): string | undefined {
  return namedDestination(host, port, named)?.address ?? (isIpLiteral ? host : undefined);
}

/** What is wrong with asking DNS for this host. */
export function nameStop({ host }: CanonicalUrl): Stop | undefined {
  if (!isSpecialName(host)) return undefined;
  return stop(
    'ADDRESS_REFUSED',
    'address',
    `${host} is a name of local networks and is not among the named destinations`,
  );
}

/** What is wrong with these answers. One that must not be reached spoils them all: DNS may hand out another the next time. */
export function addressStop(
  url: CanonicalUrl,
  addresses: readonly string[],
  { named, profile }: AddressRules,
): Stop | undefined {
  for (const ip of addresses) {
    const answer = mayDial({ ip, host: url.host, port: url.port, named, profile });
    if (!answer.ok)
      return stop('ADDRESS_REFUSED', 'address', `${url.host} has the address ${ip} (${answer.class}): ${answer.code}`);
  }
  return undefined;
}

/** The one address that is dialled: IPv4 first, since not every network routes IPv6. */
export const chosenAddress = (addresses: readonly string[]): string | undefined =>
  addresses.find(isIPv4) ?? addresses[0];
