import { classifyAddress, sameAddress, type AddressClass } from './address-class.ts';

/** A private destination that policy names: this host, at this address and this port, and no other. */
export type NamedDestination = {
  readonly name: string;
  readonly host: string;
  readonly address: string;
  readonly port: number;
};

/** `dev` lets named destinations be on the machine itself. */
export type DialProfile = 'dev' | 'audit' | 'hardened';

export type DialQuestion = {
  readonly ip: string;
  readonly port: number;
  readonly host: string;
  readonly named: readonly NamedDestination[];
  readonly profile: DialProfile;
};
export type DialAnswer =
  | { readonly ok: true; readonly class: AddressClass }
  | { readonly ok: false; readonly code: 'ADDRESS_CLASS_REFUSED' | 'ADDRESS_NOT_NAMED'; readonly class: AddressClass };

/** The named destination that this host and port stand for. */
export function namedDestination(
  host: string,
  port: number,
  named: readonly NamedDestination[],
): NamedDestination | undefined {
  return named.find((destination) => destination.host === host && destination.port === port);
}

/** Classes that a named destination opens; nothing opens link-local, metadata and the rest. */
function opens(profile: DialProfile, addressClass: AddressClass): boolean {
  if (addressClass === 'private' || addressClass === 'shared') return true;
  return addressClass === 'loopback' && profile === 'dev';
}

/**
 * Whether a connection may be made to this address for this host and port. The host that a destination names is reached at the named
 * address alone, also when that address is public.
 */
export function mayDial({ ip, port, host, named, profile }: DialQuestion): DialAnswer {
  const { class: addressClass } = classifyAddress(ip);
  const destination = namedDestination(host, port, named);
  if (destination && !sameAddress(destination.address, ip))
    return { ok: false, code: 'ADDRESS_NOT_NAMED', class: addressClass };
  if (addressClass === 'public') return { ok: true, class: addressClass };
  if (!opens(profile, addressClass)) return { ok: false, code: 'ADDRESS_CLASS_REFUSED', class: addressClass };
  return destination
    ? { ok: true, class: addressClass }
    : { ok: false, code: 'ADDRESS_NOT_NAMED', class: addressClass };
}
