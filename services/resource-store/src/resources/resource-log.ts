import { randomUUID } from 'node:crypto';
import type { RequestMeta, ResourceView } from '@causeway/contracts';
import type { LedgerPort, Recorded } from '@causeway/eventing';
import type { Pool } from '@causeway/postgres';
import { evolveResource, type KeptResource } from './domain/resource.ts';
import { resourceById } from './resources.queries.ts';

export type ResourceLog = {
  /** The resource as sealed, whether or not the view has it yet; undefined when there is none. */
  readonly find: (resourceId: string) => Promise<KeptResource | undefined>;
  /** Seals that the resource was taken in. When its id was sealed before, that resource stays and is returned. */
  readonly seal: (view: ResourceView, meta: RequestMeta) => Promise<KeptResource>;
  /** Position of the newest resource that this process sealed; -1 before the first. */
  readonly newestPosition: () => number;
};

/** Resources in the ledger: one stream per resource, with one event. */
export function resourceLog({ ledger, pool }: { ledger: LedgerPort; pool: Pool }): ResourceLog {
  let newest = -1;

  async function fromLedger(resourceId: string): Promise<KeptResource | undefined> {
    const events = await ledger.readStream(resourceId, 1);
    return events.reduce<KeptResource | undefined>((kept, event: Recorded) => evolveResource(kept, event), undefined);
  }

  return {
    newestPosition: () => newest,
    find: async (resourceId) => (await resourceById(pool, resourceId)) ?? fromLedger(resourceId),
    seal: async (view, meta) => {
      const { resourceId: stream, runId: scope } = view;
      const origin = { scope, actor: meta.actor, correlationId: scope, causationId: meta.id };
      const event = { id: randomUUID(), type: 'resource.ingested', data: view, ...origin };
      const answer = await ledger.append({
        appendId: randomUUID(),
        writes: [{ stream, expected: 'none', events: [event] }],
      });
      if (answer.appended) {
        newest = Math.max(newest, answer.firstPosition);
        return { ...view, position: answer.firstPosition };
      }
      const first = await fromLedger(stream);
      if (first === undefined)
        throw new Error(`resource ${stream} was sealed before, in a form that this version cannot read`);
      return first;
    },
  };
}
