import { sameAddress } from '@causeway/policy';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { stop, type Stop } from '../fetch/fetch-stop.ts';

/** Where this process can be reached itself. */
export type OwnEndpoints = {
  /** Every address of this machine's interfaces, those of the loopback among them. */
  readonly addresses: readonly string[];
  /** Ports that this process listens on. */
  readonly ports: readonly number[];
};

/**
 * What is wrong with dialling this machine: an answer of our own listeners would be a loop, and a public address of our own leads past the
 * rules for private ones. A named destination may be on this machine, but never on a port of ours.
 */
export function selfStop(
  target: { readonly ip: string; readonly port: number; readonly isNamed: boolean },
  { addresses, ports }: OwnEndpoints,
): Stop | undefined {
  const isOwn = isLoopback(target.ip) || addresses.some((address) => sameAddress(address, target.ip));
  if (!isOwn || (target.isNamed && !ports.includes(target.port))) return undefined;
  return stop('ADDRESS_REFUSED', 'address', `${target.ip} port ${target.port} is on this machine itself`);
}

/** The whole of 127.0.0.0/8 is this machine (RFC 1122 section 3.2.1.3), whatever its interfaces list. */
const isLoopback = (ip: string): boolean => (isIPv4(ip) ? ip.startsWith('127.') : sameAddress(ip, '::1'));

/** This machine's addresses as they are now; they change while a process lives. */
export const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
