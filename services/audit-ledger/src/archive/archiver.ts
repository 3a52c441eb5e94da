import type {
  Append,
  ArchiveView,
  archiveRange,
  listArchives,
  ReplyEnvelope,
  ReplyOf,
  RequestMeta,
  restoreRange,
} from '@causeway/contracts';
import { toHex } from '@causeway/ledger';
import { ok, rejected, type Incoming, type Log } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import type { InTurn } from '../in-turn.ts';
import { archivedRejection } from '../read/archived-rows.ts';
import { answering, reachable } from '../read/answers.ts';
import { readHead } from '../read/log.queries.ts';
import type { OwnAppend } from '../sign/own-append.ts';
import { refusalOf } from './archive.decide.ts';
import { countArchivable, readArchives, situationOf, takeOut } from './archives.queries.ts';
import { judgeRange, type JudgedRange } from './judge-range.ts';

type Archived = ReplyEnvelope<ReplyOf<typeof archiveRange>>;
type Restored = ReplyEnvelope<ReplyOf<typeof restoreRange>>;

export type Archiver = {
  readonly archive: (request: Incoming<typeof archiveRange>) => Promise<Archived>;
  readonly restore: (request: Incoming<typeof restoreRange>) => Promise<Restored>;
  readonly list: () => Promise<ReplyEnvelope<ReplyOf<typeof listArchives>>>;
  /** Finishes archives that are sealed and of which nothing was taken out: a crash came between. */
  readonly resume: () => Promise<void>;
};

export type ArchiverOptions = {
  readonly pool: Pool;
  readonly origin: string;
  /** Seals an event of the ledger about itself. */
  readonly append: OwnAppend;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  readonly isLeader: () => boolean;
  /** Shared with what erases. */
  readonly inTurn: InTurn;
  readonly log: Log;
};

/** All archives and restorations are one stream of the log, which is never archived itself. */
const STREAM = 'archives';

/**
 * Archives on request: checked, sealed, then taken out, each after the other. The events have to be what was signed, and what whoever asks holds in a
 * bundle. What is sealed is done in one transaction: a crash leaves all of it or none, and then {@link Archiver.resume} does it.
 */
export function createArchiver(options: ArchiverOptions): Archiver {
  const { pool, origin, append, now, isLeader, inTurn, log } = options;

  const finish = async ({ position }: Pick<ArchiveView, 'position'>): Promise<Archived> =>
    ok({ position, archived: await takeOut(pool, position) });

  async function archiveNow({ data, meta }: Incoming<typeof archiveRange>): Promise<Archived> {
    const { from, to, digest } = data;
    const isSame = (one: ArchiveView): boolean => one.from === from && one.to === to && one.digest === digest;
    const same = (await readArchives(pool)).find((one) => one.restoredBy === undefined && isSame(one));
    if (same) return finish(same);
    const situation = await situationOf(pool, data);
    if (situation.archivedBy !== undefined)
      return { ok: false, rejection: await archivedRejection(pool, situation.archivedBy) };
    const refusal = refusalOf(data, situation) ?? (await holdsNothing(from, to));
    if (refusal !== undefined) return refused(refusal);
    const judged = await judgeRange(pool, { origin, from, to });
    const otherwise = differs(judged, digest);
    return otherwise === undefined ? seal({ data, meta, judged }) : refused(otherwise);
  }

  async function holdsNothing(from: number, to: number): Promise<string | undefined> {
    const { nextPosition: before } = await readHead(pool, origin);
    if ((await countArchivable(pool, { from, to, before })) > 0) return undefined;
    return `no run that is over has events of its own from position ${from} to before ${to}: there is nothing to archive`;
  }

  type Sealing = Pick<Incoming<typeof archiveRange>, 'data' | 'meta'> & { readonly judged: JudgedRange };

  async function seal({ data, meta, judged: { signed } }: Sealing): Promise<Archived> {
    const { archiveId, from, to, digest, reason } = data;
    const said = { from, to, digest, reason, size: signed.size, root: toHex(signed.root) };
    const sealed = await record('range.archived', archiveId, said, meta);
    return sealed.ok ? finish({ position: sealed.value.firstPosition }) : sealed;
  }

  function record(type: string, id: string, said: { readonly [name: string]: string | number }, meta: RequestMeta) {
    const event = { id, type, data: { ...said, requestedBy: meta.actor.id, at: now() } };
    const request: Append = { appendId: id, writes: [{ stream: STREAM, expected: 'any', events: [event] }] };
    return append(request, { id: meta.id, actor: meta.actor });
  }

  async function restoreNow({ data, meta }: Incoming<typeof restoreRange>): Promise<Restored> {
    const { restorationId, archive, reason } = data;
    const known = (await readArchives(pool)).find(({ position }) => position === archive);
    if (!known) return refused(`no archive is recorded at position ${archive}; list-archives names them`);
    if (known.restoredBy !== undefined) return ok({ position: known.restoredBy });
    const sealed = await record('range.restored', restorationId, { archive, reason }, meta);
    return sealed.ok ? ok({ position: sealed.value.firstPosition }) : sealed;
  }

  async function resumeAll(): Promise<void> {
    if (!isLeader()) return;
    const sealed = (await readArchives(pool)).filter(({ restoredBy }) => restoredBy === undefined);
    for (const { position } of sealed.filter(({ archived }) => archived === 0)) {
      const archived = await takeOut(pool, position);
      log.info({ position, archived }, 'an archive is finished');
    }
  }

  return {
    archive: async (request) => (isLeader() ? inTurn(() => answering(() => archiveNow(request))) : NOT_LEADER),
    restore: async (request) => (isLeader() ? inTurn(() => answering(() => restoreNow(request))) : NOT_LEADER),
    list: () => reachable(async () => ({ archives: [...(await readArchives(pool))] })),
    resume: () =>
      inTurn(resumeAll).catch((error: unknown) => {
        log.warn({ err: error }, 'an archive could not be finished; the same request again does it');
      }),
  };
}

function differs({ digest, wrong }: JudgedRange, named: string): string | undefined {
  if (wrong !== undefined)
    return `the ledger does not hold what was signed (${wrong}): run ./causeway verify; nothing was archived`;
  if (digest === named) return undefined;
  return `the events that the ledger holds have the digest ${digest}, the bundle ${named}: it is of other positions, or data was erased since; export again`;
}

const refused = (why: string) => rejected('ARCHIVE_REFUSED', why);
const NOT_LEADER = rejected('LEDGER_NOT_LEADER', 'another replica writes the log; send the same request again');
