import { announcementOf, httpFetch, type CapabilityContract } from '@causeway/contracts';
import { descriptorDigest } from '../../src/capabilities/descriptor.ts';
import { knownCapability } from '../../src/capabilities/known-capability.ts';
import type { Registry } from '../../src/capabilities/registry.ts';

const contract = httpFetch as CapabilityContract;
const descriptor = { ...announcementOf(contract), owner: contract.owner };
const fetching = knownCapability(descriptor, descriptorDigest(descriptor));
const get = (id: string) => (id === fetching.id ? fetching : undefined);

/** One capability was announced, and stays: announcements have tests of their own. */
export const capabilities: Registry = {
  get,
  find: async (id) => get(id),
  asOf: async (id) => get(id),
  ids: () => [fetching.id],
  refresh: () => Promise.resolve(),
  start: () => Promise.resolve(),
  stop: () => undefined,
};
