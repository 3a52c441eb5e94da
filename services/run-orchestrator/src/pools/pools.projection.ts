import type { Amounts, PoolView, RunOrchestratorEvent } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';
import { minus, NOTHING, plus } from '../runs/domain/amounts.ts';

export type PoolDocument = PoolView & { readonly openedAtPosition: number };

/** Pools, without their holders: those are found in the log. `limits` are shown with their extensions. */
export const poolsProjection: DocumentProjection<PoolDocument> = {
  table: 'pool_view',
  keysOf: ({ type, stream }) => (type.startsWith('pool.') ? [stream] : []),
  evolve: (pool, recorded) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    const { position } = recorded;
    if (event.type === 'pool.opened') {
      const { at: openedAt, ...facts } = event.data;
      return { ...facts, extended: NOTHING, given: NOTHING, openedAt, openedAtPosition: position, position };
    }
    return pool && { ...pool, ...changed(pool, event), position };
  },
};

function changed({ extended, given }: PoolView, event: RunOrchestratorEvent): Partial<PoolView> {
  switch (event.type) {
    case 'pool.limited':
      return { limits: event.data.limits };
    case 'pool.drawn':
      return { given: plus(given, event.data.amounts) };
    case 'pool.returned':
      return { given: minus(given, event.data.amounts) };
    case 'pool.extended': {
      const more: Amounts = { [event.data.meter]: event.data.delta };
      return { extended: plus(extended, more) };
    }
    default:
      return {};
  }
}

/** The document as the contract shows it. */
export const toPoolView = ({ openedAtPosition: _, ...view }: PoolDocument): PoolView => view;
