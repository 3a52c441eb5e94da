import { namedDestination, type CanonicalUrl, type Policy } from '@causeway/policy';
import { portStop } from '../guards/port-guard.ts';
import { selfStop, type OwnEndpoints } from '../guards/self-guard.ts';
import { addressStop, chosenAddress, knownAddress, nameStop, type AddressRules } from './address-guard.ts';
import type { Dial } from './dial.ts';
import { FetchStopped, halt, stop, type Stop } from './fetch-stop.ts';
import type { Resolve } from './resolve.ts';

/** What every request needs on its way to an address. */
export type Way = {
  readonly policy: Policy;
  readonly rules: AddressRules;
  readonly resolve: Resolve;
  readonly authorities: readonly string[] | undefined;
  readonly dial: Dial;
  /** Asked for each dial: interfaces come and go. */
  readonly own: () => OwnEndpoints;
};

export type AddressQuestion = {
  readonly url: CanonicalUrl;
  /** Ports that may be dialled besides those of named destinations. */
  readonly ports: readonly number[];
  readonly signal: AbortSignal;
  /** What else there is against asking DNS for this name. */
  readonly beforeDns?: () => Stop | undefined;
};

/** The address to dial. Whatever can be refused without DNS is refused before DNS is asked. */
export async function addressFor(way: Way, { url, ports, signal, beforeDns }: AddressQuestion): Promise<string> {
  const { rules, resolve, own } = way;
  const known = knownAddress(url, rules);
  halt(known === undefined ? nameStop(url) : addressStop(url, [known], rules));
  halt(portStop(url, { ports, named: rules.named }));
  if (known === undefined) halt(beforeDns?.());
  const addresses = known === undefined ? await resolve(url.host, signal) : [known];
  halt(addressStop(url, addresses, rules));
  const ip = chosenAddress(addresses);
  if (ip === undefined) throw new FetchStopped(stop('DNS_FAILED', 'resolve', `there is no address for ${url.host}`));
  const isNamed = namedDestination(url.host, url.port, rules.named) !== undefined;
  halt(selfStop({ ip, port: url.port, isNamed }, own()));
  return ip;
}
