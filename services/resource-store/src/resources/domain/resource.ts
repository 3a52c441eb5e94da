import { ResourceView } from '@causeway/contracts';
import type { Recorded } from '@causeway/eventing';

/** A resource as the view keeps it: what was recorded, and where in the ledger. */
export type KeptResource = ResourceView & { readonly position: number };

/** The resource after this event. Nothing is left to show once the event's data is erased. */
export function evolveResource(kept: KeptResource | undefined, event: Recorded): KeptResource | undefined {
  if (kept !== undefined || event.type !== 'resource.ingested') return kept;
  const parsed = ResourceView.safeParse(event.data);
  return parsed.success ? { ...parsed.data, position: event.position } : undefined;
}

/** What others see of a kept resource. */
export function viewOf({ position: _, ...view }: KeptResource): ResourceView {
  return view;
}
