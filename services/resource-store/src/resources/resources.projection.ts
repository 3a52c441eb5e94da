import type { AnyProjection, DocumentProjection } from '@causeway/postgres';
import { evolveResource, type KeptResource } from './domain/resource.ts';

/** One document per resource; a resource's stream is its id. */
const resourceProjection: DocumentProjection<KeptResource> = {
  table: 'resource_view',
  keysOf: (event) => (event.type === 'resource.ingested' ? [event.stream] : []),
  evolve: (kept, event) => evolveResource(kept, event),
};

export const PROJECTIONS: readonly AnyProjection[] = [resourceProjection as AnyProjection];
