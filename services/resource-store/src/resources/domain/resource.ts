import { ResourceView } from '@causeway/contracts';
import type { Recorded } from '@causeway/eventing';

/** A resource as the view keeps it: what was recorded, where in the ledger, and whether it was erased, its body with it. */
export type KeptResource = ResourceView & { readonly position: number; readonly erased?: true };

/** The resource after this event. Once the event's data is erased it is there all the same, without its reference and its body. */
export function evolveResource(kept: KeptResource | undefined, event: Recorded): KeptResource | undefined {
  if (kept !== undefined || event.type !== 'resource.ingested') return kept;
  const parsed = ResourceView.safeParse(event.data);
  return parsed.success
    ? { ...parsed.data, position: event.position, ...(event.erased ? { erased: true } : {}) }
    : undefined;
}

/** What others see of a kept resource. */
export function viewOf({ position: _, erased: __, ...view }: KeptResource): ResourceView {
  return view;
}
