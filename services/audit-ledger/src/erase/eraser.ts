import { isDeepStrictEqual } from 'node:util';
import type { Append, DataOf, erase, ReplyEnvelope, ReplyOf } from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import type { InTurn } from '../in-turn.ts';
import { answering } from '../read/answers.ts';
import { archivedRejection } from '../read/archived-rows.ts';
import { readHead } from '../read/log.queries.ts';
import type { OwnAppend } from '../sign/own-append.ts';
import {
  archiveOfTarget,
  countErasable,
  deleteErased,
  erasureById,
  unfinishedErasures,
  type RecordedErasure,
} from './erasures.queries.ts';

export type Request = Incoming<typeof erase>;
export type Answer = ReplyEnvelope<ReplyOf<typeof erase>>;

export type EraserOptions = {
  readonly pool: Pool;
  readonly origin: string;
  /** Seals an event of the ledger about itself. */
  readonly append: OwnAppend;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  readonly isLeader: () => boolean;
  /** What erases and what archives go one after the other: each relies on what the other has done. */
  readonly inTurn: InTurn;
  /** Called once the data is gone from the database: copies of it are still elsewhere. */
  readonly onErased: () => void;
};

/** All erasures are one stream of the log; each has the scope of what it erases, so that it is told with it. */
const STREAM = 'erasures';

/**
 * Erases on request, one erasure at a time: sealed first, then done. A request that is sent again, after a crash too, is the same erasure and gets
 * the same answer.
 */
export function createEraser(options: EraserOptions): (request: Request) => Promise<Answer> {
  const { pool, origin, append, now, isLeader, inTurn, onErased } = options;

  async function finish({ position, erased }: Pick<RecordedErasure, 'position' | 'erased'>): Promise<Answer> {
    await deleteErased(pool, position);
    onErased();
    return ok({ position, erased });
  }

  async function eraseNow({ data, meta }: Request): Promise<Answer> {
    const known = await erasureById(pool, data.erasureId);
    if (known !== undefined) return isSame(known, data) ? finish(known) : reused(data.erasureId);
    // Whoever hears of this erasure may rely on it that those before it are done.
    for (const position of await unfinishedErasures(pool)) await deleteErased(pool, position);
    const { nextPosition: before } = await readHead(pool, origin);
    const archive = await archiveOfTarget(pool, data.target, before);
    if (archive !== undefined) return { ok: false, rejection: await archivedRejection(pool, archive) };
    const erased = await countErasable(pool, data.target, before);
    if (erased === 0) return NOTHING_ERASABLE;
    const { erasureId, target, reason } = data;
    const said = { target, before, erased, reason, requestedBy: meta.actor.id, at: now() };
    const event = { id: erasureId, type: 'data.erased', scope: scopeOf(target), data: said };
    const request: Append = { appendId: erasureId, writes: [{ stream: STREAM, expected: 'any', events: [event] }] };
    const sealed = await append(request, { id: meta.id, actor: meta.actor });
    return sealed.ok ? finish({ position: sealed.value.firstPosition, erased }) : sealed;
  }

  return (request) => {
    if (!isLeader()) return Promise.resolve(NOT_LEADER);
    return inTurn(() => answering(() => eraseNow(request)));
  };
}

const isSame = (known: RecordedErasure | 'other', { target, reason }: DataOf<typeof erase>): known is RecordedErasure =>
  known !== 'other' && known.reason === reason && isDeepStrictEqual(known.target, target);

function scopeOf(target: DataOf<typeof erase>['target']): string {
  if ('scope' in target) return target.scope;
  return 'stream' in target ? target.stream : STREAM;
}

const NOTHING_ERASABLE = rejected(
  'ERASURE_REFUSED',
  'none of the events that the target names has data beside its leaf: either there are none, or it was erased before; check the target',
);
const NOT_LEADER = rejected('LEDGER_NOT_LEADER', 'another replica writes the log; send the same request again');
const reused = (id: string): Answer =>
  rejected('EVENT_ID_REUSED', `${id} belongs to another erasure or event; take another id for this one`);
