import { CAPABILITIES, type CapabilityContract } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { z } from 'zod';
import { sha256Hex } from '../edge.ts';

const known = new Map<string, string>();

/** SHA-256 over a capability's id, version and input schema: an approval names it, so a changed capability voids the approval. */
export function capabilityDigest({ id, version, input }: CapabilityContract): string {
  const digest =
    known.get(id) ?? sha256Hex(canonicalJson({ id, version, input: z.toJSONSchema(input, { io: 'input' }) }));
  known.set(id, digest);
  return digest;
}

/** The same by the capability's id; undefined when there is no such capability. */
export function digestOfCapability(id: string): string | undefined {
  const capability = CAPABILITIES.get(id);
  return capability && capabilityDigest(capability);
}
