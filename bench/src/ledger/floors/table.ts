import pg from 'pg';

/** A table as a ledger needs it at the least: one order, ids once, versions of a stream once. */
export async function ledgerTable(url: string, table: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `create table ${table} (
      position bigint primary key, stream text not null, version integer not null, id uuid not null unique,
      leaf bytea not null, leaf_hash bytea not null, chain bytea not null, unique (stream, version))`,
  );
  return client;
}

/** Its columns, in the order of their values. */
export const COLUMNS = 'position, stream, version, id, leaf, leaf_hash, chain';
