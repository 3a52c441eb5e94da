import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendBy, type EventToAppend, type Rejection } from '@causeway/contracts';
import {
  chainHash,
  decodeLeaf,
  encodeLeaf,
  formatVerifierKey,
  genesis,
  leafHash,
  newSigningKey,
  toHex,
  type Leaf,
} from '@causeway/ledger';
import {
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { Client } from 'pg';
import { parseInput, type Io } from '../command.ts';
import { verify } from '../commands/verify.ts';

export const ORIGIN = 'ledger.test/tampering/main';
export const WITNESS = newSigningKey('witness.test/a', 'cosignature-v1', new Uint8Array(32).fill(4));

export type Ended = { readonly code: number; readonly out: string };
/** A running ledger, its database open to whoever controls it, and the command line of somebody who verifies it. */
export type Victim = Ground & {
  /** As a superuser whose changes no trigger refuses. */
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<readonly { readonly [column: string]: never }[]>;
  readonly verify: (...args: readonly string[]) => Promise<Ended>;
  readonly append: (count: number) => Promise<Rejection | undefined>;
  /** Does something while the ledger is down: it remembers tiles and what it wrote. */
  readonly whileDown: (work: () => Promise<unknown>) => Promise<void>;
  /** Copies every table under a name; `restore` puts such a copy in their place. */
  readonly keep: (copy: string) => Promise<void>;
  readonly restore: (copy: string) => Promise<void>;
  /** The bus, as this user. */
  readonly bus: TestInfrastructure['connect'];
  readonly stop: () => Promise<void>;
};

/** All that a restored copy of the database brings back. */
const TABLES = `select table_name as name from information_schema.tables where table_schema = 'audit_ledger' and table_name <> 'migration'`;
const meta = { id: 'test', actor: { kind: 'system', id: 'tester' } } as const;

/** What a ledger's process is told, and the home of whoever verifies it. */
export type Ground = { readonly env: Readonly<Record<string, string>>; readonly home: string };

/** `prepare` is what happens before the ledger starts for the first time. */
export async function startVictim(prepare: (ground: Ground) => Promise<unknown> = async () => {}): Promise<Victim> {
  const infra = await testInfrastructure();
  const database = await infra.database();
  const home = homeFor(infra);
  const superuser = new Client({ connectionString: database.adminUrl });
  await superuser.connect();
  await superuser.query('set session_replication_role = replica; set search_path = audit_ledger');
  const sql: Victim['sql'] = async (text, values = []) => (await superuser.query(text, [...values])).rows;
  const tables = async (): Promise<readonly string[]> =>
    ((await sql(TABLES)) as unknown as { name: string }[]).map(({ name }) => name);
  const env = {
    ...infra.environment('audit-ledger', database),
    CAUSEWAY_LEDGER_ORIGIN: ORIGIN,
    CAUSEWAY_WITNESSES_FILE: join(home, 'witnesses.json'),
  };
  let service: ServiceProcess | undefined;
  const startLedger = async (): Promise<void> => {
    service = await startServiceProcess('audit-ledger', env);
  };
  await prepare({ env, home });
  await startLedger();
  const bus = await infra.connect('run-orchestrator');
  return {
    ...{ home, sql, env, bus: infra.connect },
    verify: (...args) => inHome(home, (io) => verify.run(parseInput(args, verify), io)),
    append: async (count) => {
      const events = Array.from({ length: count }, (_, n) => eventOf(n));
      const write = { stream: `test_${randomUUID().replaceAll('-', '')}`, expected: 'none' as const, events };
      const reply = await bus.request(appendBy('run-orchestrator'), { appendId: randomUUID(), writes: [write] }, meta);
      return reply.ok ? undefined : reply.rejection;
    },
    whileDown: async (work) => {
      await service?.kill();
      await work();
      await startLedger();
    },
    keep: async (copy) => {
      await sql(`create schema ${copy}`);
      for (const table of await tables()) await sql(`create table ${copy}.${table} as table ${table}`);
    },
    restore: async (copy) => {
      const names = await tables();
      await sql(`truncate ${names.join(', ')}`);
      for (const table of names) await sql(`insert into ${table} select * from ${copy}.${table}`);
    },
    stop: async () => {
      await superuser.end();
      await service?.kill();
      await infra.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Every other event keeps its data beside its leaf. */
const eventOf = (n: number): EventToAppend =>
  n % 2 === 0
    ? { id: randomUUID(), type: 'run.claimed', data: { note: `claim ${n}` } }
    : { id: randomUUID(), type: 'step.unknown', data: { reason: `reason ${n}` } };

/** The home of an instance, as far as a person who verifies needs one. */
function homeFor({ nats, credentials }: TestInfrastructure): string {
  const home = mkdtempSync(join(tmpdir(), 'causeway-verify-'));
  mkdirSync(join(home, 'secrets'));
  writeFileSync(join(home, 'instance.json'), JSON.stringify({ version: 1, ports: { gateway: 1 }, natsUrl: nats.url }));
  writeFileSync(join(home, 'secrets', 'nats-sre.password'), credentials('sre').password);
  const witnesses = [{ url: 'http://127.0.0.1:9', vkey: formatVerifierKey(WITNESS) }];
  writeFileSync(join(home, 'witnesses.json'), JSON.stringify(witnesses));
  return home;
}

/** Runs a verb as if in a terminal, on the instance in `home`. */
export async function inHome(home: string, run: (io: Io) => Promise<number>): Promise<Ended> {
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const before = process.env['CAUSEWAY_HOME'];
  process.env['CAUSEWAY_HOME'] = home;
  try {
    return { code: await run({ out: say, err: say }), out: lines.join('\n') };
  } finally {
    if (before === undefined) delete process.env['CAUSEWAY_HOME'];
    else process.env['CAUSEWAY_HOME'] = before;
  }
}

/** What the owner of the database can do to a whole log: other events in another order, every hash, the chain and the head made anew. */
export async function rewrite({ sql }: Victim, change: (leaves: Leaf[]) => Leaf[]): Promise<void> {
  const rows = (await sql('select leaf from event order by position')) as unknown as { leaf: Buffer }[];
  const leaves = change(rows.map(({ leaf }) => decodeLeaf(leaf)));
  await sql('delete from event; delete from event_data; delete from tile');
  const versions = new Map<string, number>();
  let chain: Uint8Array = genesis(ORIGIN);
  for (const [pos, old] of leaves.entries()) {
    const ver = (versions.get(old.stream) ?? 0) + 1;
    versions.set(old.stream, ver);
    const leaf = encodeLeaf({ ...old, pos, ver, prev: toHex(chain) });
    const hash = leafHash(leaf);
    chain = chainHash(chain, hash);
    await sql('insert into event values ($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      ...[
        pos,
        old.stream,
        ver,
        old.id,
        old.type,
        old.meta.scope,
        Buffer.from(leaf),
        Buffer.from(hash),
        Buffer.from(chain),
      ],
    ]);
  }
  await sql('update ledger_head set next_position = $1, chain = $2', [leaves.length, Buffer.from(chain)]);
}

/** The memory of whoever verifies. */
export const memoryFile = (home: string): string => join(home, 'verify', 'last-seen.json');
export const readText = (path: string): string => readFileSync(path, 'utf8');
