import { defineEvents, type EventOf } from '../define.ts';
import { ERASED_TEXT } from '../erasable.ts';
import { ResourceView } from './resource-view.ts';

export const resourceStoreEvents = defineEvents('resource-store', {
  /** Its body is not in the log; resource-store removes it when this is erased. */
  'resource.ingested': { erasable: { 'provenance.ref': ERASED_TEXT }, data: ResourceView },
});
export type ResourceStoreEvent = EventOf<typeof resourceStoreEvents>;
