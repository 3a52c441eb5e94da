import { CAPABILITIES, type CapabilityDescriptor, type FieldError } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { sha256Hex } from '../edge.ts';
import { sealingProblem } from '../sealable.ts';
import { compileSchema } from './json-schema.ts';

/** In bytes of canonical JSON: a list of capabilities has to fit into one message. */
const MAX_DESCRIPTOR_BYTES = 32_768;

/**
 * SHA-256 (RFC 8785 canonical form) over everything of a capability that decides: all but title and description. An approval names it, so a
 * changed capability voids the approval.
 */
export function descriptorDigest({ title: _, description: __, ...deciding }: CapabilityDescriptor): string {
  return sha256Hex(canonicalJson(deciding));
}

/** Why a capability cannot be taken as it is described; undefined when it can. */
export function descriptorProblem(descriptor: CapabilityDescriptor): FieldError | undefined {
  const unsealable = sealingProblem(descriptor);
  if (unsealable) return unsealable;
  const sizeBytes = Buffer.byteLength(canonicalJson(descriptor));
  if (sizeBytes > MAX_DESCRIPTOR_BYTES) {
    return { path: '', message: `is ${sizeBytes} bytes of JSON; at most ${MAX_DESCRIPTOR_BYTES} are taken` };
  }
  return schemaProblem(descriptor, 'inputSchema') ?? schemaProblem(descriptor, 'resultSchema');
}

function schemaProblem(descriptor: CapabilityDescriptor, path: 'inputSchema' | 'resultSchema'): FieldError | undefined {
  try {
    compileSchema(descriptor[path]);
    return undefined;
  } catch (error) {
    return {
      path,
      message: `is no JSON Schema that can be enforced: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** The service that a bundled capability belongs to, whoever announces it first; undefined for any other. */
export const reservedFor = (id: string): string | undefined => CAPABILITIES.get(id)?.owner;
