import type { CapabilityDescriptor, RunOrchestratorEvent } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';

/** A capability as lists show it. A removed one stays, so that a list of changes can name it. */
export type CapabilityDocument = {
  readonly descriptor: CapabilityDescriptor;
  readonly digest: string;
  readonly isRemoved: boolean;
  /** Position with which it was added, the last time. */
  readonly addedAt: number;
  /** Position of its newest event. */
  readonly position: number;
};

export const capabilitiesProjection: DocumentProjection<CapabilityDocument> = {
  table: 'capability_view',
  keysOf: ({ type, stream }) => (type.startsWith('capability.') ? [stream] : []),
  evolve: (document, recorded) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    const { position } = recorded;
    switch (event.type) {
      case 'capability.announced': {
        const { descriptor, digest } = event.data;
        return { descriptor, digest, isRemoved: false, addedAt: position, position };
      }
      case 'capability.changed': {
        const { descriptor, digest } = event.data;
        return { descriptor, digest, isRemoved: false, addedAt: document?.addedAt ?? position, position };
      }
      case 'capability.removed':
        return document && { ...document, isRemoved: true, position };
      default:
        return undefined;
    }
  },
};
