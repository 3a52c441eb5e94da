import { z } from 'zod';
import { CapabilityDescriptor, CapabilityId, ServiceName } from '../../capability-descriptor.ts';
import { ERASED_TEXT } from '../../erasable.ts';
import { Sha256Hex } from '../../ids.ts';
import { At } from './common.ts';

const words = { 'descriptor.title': ERASED_TEXT, 'descriptor.description': ERASED_TEXT } as const;

/** Events of what a step can name. Schemas stand in line: they decide what is accepted. */
export const capabilityEvents = {
  'capability.announced': {
    erasable: words,
    data: z.strictObject({ descriptor: CapabilityDescriptor, digest: Sha256Hex, at: At }),
  },
  'capability.changed': {
    erasable: words,
    data: z.strictObject({ descriptor: CapabilityDescriptor, digest: Sha256Hex, previousDigest: Sha256Hex, at: At }),
  },
  'capability.removed': { data: z.strictObject({ id: CapabilityId, owner: ServiceName, digest: Sha256Hex, at: At }) },
} as const;
