import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { inTransaction } from './pool.ts';

/**
 * Brings a schema up to date: runs the numbered `.sql` files of a folder that were not run yet, in order, all in one transaction. Two
 * services that start at once do not run one twice. Throws when a file that was run has since disappeared. Returns the names it ran.
 */
export async function migrate(pool: Pool, folder: string, schema: string): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const applied: string[] = [];
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock(hashtext($1))', [`causeway.migrate.${schema}`]);
    await client.query(
      `create table if not exists "${schema}".migration (name text primary key, applied_at timestamptz not null default now())`,
    );
    const { rows } = await client.query<{ name: string }>(`select name from "${schema}".migration`);
    const known = new Set(rows.map((row) => row.name));
    const missing = [...known].filter((name) => !files.includes(name));
    if (missing.length > 0)
      throw new Error(
        `the database ran migrations that this version does not have (${missing.join(', ')}): use the newer version`,
      );
    for (const name of files.filter((file) => !known.has(file))) {
      await client.query(await readFile(join(folder, name), 'utf8'));
      await client.query(`insert into "${schema}".migration (name) values ($1)`, [name]);
      applied.push(name);
    }
  });
  return applied;
}
