import { readFileSync } from 'node:fs';
import { homePaths } from '../home.ts';
import { DATABASE } from '../instance/start.ts';
import { ensureDatabase } from '../postgres/ensure-database.ts';
import { OWNER, rolePasswordFile } from '../postgres/roles.ts';
import { setUpCompose } from './setup.ts';

/** What the one-shot containers of docker-compose.yml run: `setup` before anything else, `database` once Postgres answers. */
const HOME = '/secrets/home';
const HANDOUT = '/secrets/handout';

async function main(task: string | undefined): Promise<void> {
  if (task === 'setup') {
    const { adminKey } = setUpCompose(HOME, HANDOUT);
    process.stdout.write('secrets are in place\n');
    if (adminKey) process.stdout.write(`admin key, shown this once: ${adminKey}\n`);
    return;
  }
  if (task !== 'database') throw new Error(`there is no task "${String(task)}"; say setup or database`);
  const { secrets } = homePaths(HOME);
  const adminUrl = new URL(process.env['CAUSEWAY_POSTGRES_ADMIN_URL'] ?? '');
  adminUrl.username = OWNER;
  adminUrl.password = readFileSync(rolePasswordFile(secrets, OWNER), 'utf8').trim();
  await ensureDatabase({ adminUrl: adminUrl.href, database: DATABASE, secretsDir: secrets });
  process.stdout.write('roles and schemas are in place\n');
}

await main(process.argv[2]);
