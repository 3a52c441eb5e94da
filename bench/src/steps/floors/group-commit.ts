import pg from 'pg';

/** Rows of about the size of a leaf. */
export const ROW_BYTES = 420;

export type GroupCommit = { readonly insert: (row: Uint8Array) => Promise<void>; readonly close: () => Promise<void> };

/** One connection, one transaction at a time; what arrives while a commit is on its way goes into the next one. Nothing else. */
export async function groupCommit(url: string, table: string): Promise<GroupCommit> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `create table if not exists ${table} (position bigint generated always as identity primary key, leaf bytea not null)`,
  );
  let waiting: { row: Uint8Array; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let busy = false;
  async function drain(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 1_024);
      try {
        await client.query({
          name: `insert-${table}`,
          text: `insert into ${table} (leaf) select unnest($1::bytea[])`,
          values: [batch.map(({ row }) => row)],
        });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy = false;
  }
  return {
    insert: (row) =>
      new Promise((resolve, reject) => {
        waiting.push({ row, resolve, reject });
        if (!busy) void drain();
      }),
    close: async () => {
      waiting = [];
      await client.end();
    },
  };
}
