import pg from 'pg';

/** Size of a row, about that of an event of a step as it is sealed. */
export const ROW_BYTES = 600;
/** Rows of the two commits of a step: as many as a step has events before its call, and after. */
const ROWS = { before: 4, after: 2 } as const;

export const rowsOf = (commit: keyof typeof ROWS): readonly Uint8Array[] =>
  Array.from({ length: ROWS[commit] }, () => new Uint8Array(ROW_BYTES));

export type GroupCommit = { readonly insert: (rows: readonly Uint8Array[]) => Promise<void> };
type Waiting = {
  readonly rows: readonly Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

const MAX_BATCH = 512;

/** One connection, one transaction at a time; what arrives while a commit is on its way goes into the next one. Nothing else. */
export async function groupCommit(url: string, table: string): Promise<GroupCommit> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `create table if not exists ${table} (position bigint generated always as identity primary key, leaf bytea not null)`,
  );
  let waiting: Waiting[] = [];
  let busy = false;

  async function drain(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      try {
        await client.query({
          name: `insert-${table}`,
          text: `insert into ${table} (leaf) select unnest($1::bytea[])`,
          values: [batch.flatMap(({ rows }) => rows)],
        });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy = false;
  }

  return {
    insert: (rows) =>
      new Promise((resolve, reject) => {
        waiting.push({ rows, resolve, reject });
        if (!busy) void drain();
      }),
  };
}
