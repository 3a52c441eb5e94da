import { namedDestination, type CanonicalUrl, type NamedDestination } from '@causeway/policy';
import type { Stop } from '../fetch/fetch-stop.ts';

export type PortRules = { readonly ports: readonly number[]; readonly named: readonly NamedDestination[] };

/** What is wrong with this port: it is neither on the pack's list nor that of a destination which the pack names with its port. */
export function portStop({ host, port }: CanonicalUrl, { ports, named }: PortRules): Stop | undefined {
  if (ports.includes(port) || namedDestination(host, port, named) !== undefined) return undefined;
  const allowed = [`the ports ${ports.join(', ')}, and those of named destinations (egress.ports in pack.yaml)`];
  return { code: 'POLICY_DENIED', stage: 'policy', detail: `port ${port} is not one that requests go to`, allowed };
}
