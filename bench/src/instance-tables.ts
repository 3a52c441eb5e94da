import { connectPostgres } from '@causeway/postgres';

/** A table with its indexes. */
export type TableSize = { readonly table: string; readonly bytes: number };

/** Every table of a service, the largest first. `adminUrl`: of the instance. */
export async function tableSizes(adminUrl: string, schema: string): Promise<readonly TableSize[]> {
  const url = new URL(adminUrl);
  url.pathname = '/causeway';
  const password = decodeURIComponent(url.password);
  const pool = connectPostgres({ url: url.href, password, name: 'bench', maxConnections: 1 });
  try {
    const { rows } = await pool.query<{ table: string; bytes: string }>(
      `select relname as table, sum(pg_total_relation_size(c.oid)) as bytes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where relkind in ('r', 'p') and nspname = $1 group by relname order by bytes desc`,
      [schema],
    );
    return rows.map(({ table, bytes }) => ({ table, bytes: Number(bytes) }));
  } finally {
    await pool.end();
  }
}
