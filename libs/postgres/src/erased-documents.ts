import { auditLedgerEvents, erasedForm, isReached, type Erasure } from '@causeway/contracts';
import type { LedgerPort, Recorded } from '@causeway/eventing';
import type { ClientBase } from 'pg';
import { projectDocuments, type AnyProjection, type KnownDocuments } from './document-projection.ts';

/** Whether an event says that data of earlier events was erased. */
export const isErasure = ({ type }: Pick<Recorded, 'type'>): boolean => type === 'data.erased';

export type Projecting = {
  readonly projections: readonly AnyProjection[];
  readonly ledger: LedgerPort;
  /** The table to write for a projection's own: another while it is rebuilt. */
  readonly tableOf: (table: string) => string;
  /** Documents that need not be read. Not to be given with an erasure among the events. */
  readonly known?: KnownDocuments | undefined;
};

const PAGE = 1_000;

/**
 * Applies events in order. At an erasure the documents of every stream that it reaches are made anew, from events in their erased form: it does not
 * matter whether the ledger has got to deleting their data, nor in which of its forms an event was applied before.
 */
export async function projectEvents(client: ClientBase, events: readonly Recorded[], to: Projecting): Promise<void> {
  let from = 0;
  for (const [index, event] of events.entries()) {
    if (!isErasure(event)) continue;
    await project(client, events.slice(from, index + 1), to);
    await projectErasure(client, event, to);
    from = index + 1;
  }
  await project(client, events.slice(from), to);
}

async function project(client: ClientBase, events: readonly Recorded[], { projections, tableOf, known }: Projecting) {
  for (const projection of projections)
    await projectDocuments(client, projection, events, { table: tableOf(projection.table), known });
}

async function projectErasure(client: ClientBase, event: Recorded, to: Projecting): Promise<void> {
  const said = auditLedgerEvents['data.erased'].data.safeParse(event.data);
  if (!said.success) return;
  for (const stream of await streamsReached(to.ledger, said.data)) {
    const known = (await to.ledger.readStream(stream, 1)).filter(({ position }) => position < event.position);
    const events = known.map((one) => (isReached(said.data, one) ? erasedForm(one) : one));
    await forgetDocuments(client, events, to);
    await project(client, events, to);
  }
}

async function forgetDocuments(client: ClientBase, events: readonly Recorded[], { projections, tableOf }: Projecting) {
  for (const { table, keysOf } of projections) {
    const keys = new Set(events.flatMap((event) => keysOf(event)));
    if (keys.size > 0) await client.query(`delete from ${tableOf(table)} where key = any($1)`, [[...keys]]);
  }
}

async function streamsReached(ledger: LedgerPort, { target, before }: Erasure): Promise<ReadonlySet<string>> {
  if ('stream' in target) return new Set([target.stream]);
  if ('scope' in target) return streamsOfScope(ledger, target.scope, before);
  const pages = await Promise.all(
    target.positions
      .filter((position) => position < before)
      .map((position) => ledger.readAll({ fromPosition: position, limit: 1 })),
  );
  return new Set(pages.flatMap(({ events }) => events.map(({ stream }) => stream)));
}

async function streamsOfScope(ledger: LedgerPort, scope: string, before: number): Promise<ReadonlySet<string>> {
  const streams = new Set<string>();
  for (let next = 0; next < before;) {
    const page = await ledger.readAll({ fromPosition: next, limit: PAGE, scope });
    for (const { stream, position } of page.events) if (position < before) streams.add(stream);
    if (page.scannedTo <= next)
      throw new Error(`the ledger ends at ${next}, before the end of an erasure at ${before}`);
    next = page.scannedTo;
  }
  return streams;
}
