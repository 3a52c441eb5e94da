import { readFileSync } from 'node:fs';
import { homePaths } from '../home.ts';
import { DATABASE } from '../instance/start.ts';
import { ensureDatabase } from '../postgres/ensure-database.ts';
import { OWNER, rolePasswordFile } from '../postgres/roles.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { listWitness, publishedKeys, trustKeys } from '../witness/trust.ts';
import { witnessAt } from '../witness/witness-at.ts';
import { setUpCompose } from './setup.ts';

/**
 * What the one-shot containers of docker-compose.yml run: `setup` before anything else, `database` once Postgres answers, `trust-log` once the ledger
 * has keys, `list-witness` once the witness answers.
 */
const HOME = '/secrets/home';
const HANDOUT = '/secrets/handout';
const WITNESS_URL = 'http://witness:8080';

type Task = () => void | Promise<void>;

const TASKS: Readonly<Record<string, Task>> = {
  setup: () => {
    const { adminKey } = setUpCompose(HOME, HANDOUT);
    process.stdout.write('secrets are in place\n');
    if (adminKey) process.stdout.write(`admin key, shown this once: ${adminKey}\n`);
  },
  database: async () => {
    const { secrets } = homePaths(HOME);
    const adminUrl = new URL(process.env['CAUSEWAY_POSTGRES_ADMIN_URL'] ?? '');
    adminUrl.username = OWNER;
    adminUrl.password = readFileSync(rolePasswordFile(secrets, OWNER), 'utf8').trim();
    await ensureDatabase({ adminUrl: adminUrl.href, database: DATABASE, secretsDir: secrets });
    process.stdout.write('roles and schemas are in place\n');
  },
  'trust-log': () => {
    const vkeys = publishedKeys('/signer');
    if (vkeys.length === 0)
      throw new ProvisioningError('the log has not published a key yet; start audit-ledger first');
    trustKeys('/witness/trust/logs.json', process.env['CAUSEWAY_LEDGER_ORIGIN'] ?? '', vkeys);
    process.stdout.write(`the witness trusts ${vkeys.join(', ')}\n`);
  },
  'list-witness': async () => {
    const { vkey } = await witnessAt(WITNESS_URL);
    listWitness('/witnesses/witnesses.json', { url: WITNESS_URL, vkey });
    process.stdout.write(`the ledger asks ${vkey}\n`);
  },
};

const named = process.argv[2] ?? '';
const task = TASKS[named];
if (!task) throw new Error(`there is no task "${named}"; say ${Object.keys(TASKS).join(', ')}`);
await task();
