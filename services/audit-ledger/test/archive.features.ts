import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  archiveRange,
  readRaw,
  restoreRange,
  type DataOf,
  type EventToAppend,
  type RawEvent,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { formatEvent } from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import { repositoryRoot } from '@causeway/provisioning';
import { appendOf, claim, eventually, newStream, note, type Caller } from './ledger.features.ts';

export const ADMIN = { id: 'test', actor: { kind: 'operator', id: 'ann' } } as const;
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** A line of a bundle's events. */
const lineOf = ({ position, leaf, data, salt }: RawEvent): string =>
  formatEvent({ position, leaf: bytes(leaf), ...(data && salt ? { data: bytes(data), salt: bytes(salt) } : {}) });

export type Range = { readonly from: number; readonly to: number };

/** The events of a range, as a bundle holds them, and their digest. */
export async function exported(bus: Bus, { from, to }: Range): Promise<{ lines: string; digest: string }> {
  let lines = '';
  for (let next = from; next < to;) {
    const reply = await bus.request(readRaw, { fromPosition: next, limit: Math.min(1_000, to - next) }, ADMIN);
    if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
    lines += reply.value.events.map(lineOf).join('');
    next = reply.value.events.at(-1)!.position + 1;
  }
  return { lines, digest: createHash('sha256').update(lines).digest('hex') };
}

export type ArchiveAnswer = ReplyEnvelope<{ readonly position: number; readonly archived: number }>;
export const archive = (bus: Bus, range: Range, digest: string, attemptMs = 30_000): Promise<ArchiveAnswer> =>
  bus.request(archiveRange, { archiveId: randomUUID(), ...range, digest, reason: 'old' }, ADMIN, {
    ...{ timeoutMs: attemptMs, attemptMs },
  });
export const orderRestoration = (bus: Bus, data: Omit<DataOf<typeof restoreRange>, 'restorationId'>) =>
  bus.request(restoreRange, { ...data, restorationId: randomUUID() }, ADMIN, { timeoutMs: 20_000, attemptMs: 10_000 });

/** A run that is over: its own stream, an approval of it, a call of it. */
export async function finishedRun(ledger: Caller, ...more: readonly EventToAppend[]): Promise<string> {
  const run = newStream();
  const inScope = (event: EventToAppend): EventToAppend => ({ ...event, scope: run });
  const said = (type: string): EventToAppend => note({ type, data: { at: '2026-01-01T00:00:00.000Z' } });
  await told(ledger, run, said('run.started'), claim('what the agent says'), ...more);
  await told(ledger, newStream(), inScope(said('approval.expired')));
  await told(ledger, run, said('run.done'));
  return run;
}

async function told(ledger: Caller, stream: string, ...events: EventToAppend[]): Promise<void> {
  const reply = await ledger.append(appendOf(stream, 'any', ...events));
  if (!reply.ok) throw new Error(reply.rejection.detail);
}

/** How many bodies are in the database, and beside it what is archived. */
export async function held(owner: Pool): Promise<{ leaves: number; data: number; archived: number; events: number }> {
  const { rows } = await owner.query<{ leaves: number; data: number; archived: number; events: number }>(
    `select count(leaf)::int as leaves, count(*)::int as events, count(archived_by)::int as archived,
       (select count(*)::int from event_data) as data from event`,
  );
  return rows[0]!;
}

/** Waits until what was published is kept, so that it can be archived. */
export const published = (owner: Pool, to: number): Promise<void> =>
  eventually(async () => {
    const { rows } = await owner.query<{ isThere: boolean }>(
      `select (select max(position) from publication) >= $1 and (select max(size) from checkpoint) >= $1 as "isThere"`,
      [to],
    );
    return rows[0]!.isThere;
  });

const PROGRAM = join(repositoryRoot, 'services', 'audit-ledger', 'dist', 'restore.js');

export type RestoreEnded = { readonly ok: boolean; readonly out: string; readonly err: string };

/** Starts the ledger's own program that puts a bundle's events back. */
export function startRestore(env: Readonly<Record<string, string>>, folder: string) {
  const options = { env: { PATH: process.env['PATH'], ...env } };
  let child: ReturnType<typeof execFile> | undefined;
  const ended = new Promise<RestoreEnded>((resolve) => {
    child = execFile(process.execPath, [PROGRAM, folder], options, (error, out, err) =>
      resolve({ out, err, ok: error === null }),
    );
  });
  return { ended, kill: () => child!.kill('SIGKILL') };
}
