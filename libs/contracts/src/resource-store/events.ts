import { defineEvents, type EventOf } from '../define.ts';
import { ResourceView } from './resource-view.ts';

export const resourceStoreEvents = defineEvents('resource-store', {
  'resource.ingested': { erasable: true, data: ResourceView },
});
export type ResourceStoreEvent = EventOf<typeof resourceStoreEvents>;
