import type { Recorded } from '@causeway/eventing';
import type { Pool } from '@causeway/postgres';
import { PROJECTIONS } from '../../src/views.ts';
import { questionsOf } from './questions.ts';

type Table = ReadonlyMap<string, unknown>;
export type MemoryViews = ReturnType<typeof memoryViews>;

/**
 * The views, folded from the ledger by the service's own projections, and the questions that the service asks of them. A question that is not
 * known fails: then it has to be told what to answer.
 */
export function memoryViews(events: readonly Recorded[]) {
  const tables = new Map(PROJECTIONS.map(({ table }) => [table, new Map<string, unknown>()]));
  let seen = 0;

  function catchUp(): void {
    for (; seen < events.length; seen++) for (const projection of PROJECTIONS) project(projection, events[seen]!);
  }

  function project({ table, keysOf, evolve }: (typeof PROJECTIONS)[number], event: Recorded): void {
    const documents = tables.get(table)!;
    for (const key of keysOf(event)) {
      const next = evolve(documents.get(key) as never, event, key);
      if (next !== undefined) documents.set(key, next);
    }
  }

  function table<Document>(name: string): readonly (readonly [string, Document])[] {
    catchUp();
    return [...(tables.get(name) as Table)] as [string, Document][];
  }

  const questions = questionsOf(table, events);
  const query = async (sql: string, values: readonly unknown[] = []) => {
    const found = questions.find(([pattern]) => pattern.test(sql));
    if (!found) throw new Error(`these views do not know the question «${sql}»`);
    return { rows: found[1](...(values as never[])) };
  };
  const runner = { position: async () => events.length - 1, waitFor: async () => true };
  return { pool: { query } as unknown as Pool, runner, table };
}
