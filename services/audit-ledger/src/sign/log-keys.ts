import type {
  addSigningKey,
  Append,
  Appended,
  DataOf,
  LogKey,
  RecordedEvent,
  ReplyEnvelope,
  ReplyOf,
  RequestMeta,
  retireSigningKey,
} from '@causeway/contracts';
import { ok, rejected, type Log } from '@causeway/messaging';
import type { z } from 'zod';
import { derivedId } from './derived-id.ts';
import { isInUse, KEY_STREAM, keyHistory } from './key-history.ts';
import type { Signer, SignerKey } from './signer.ts';

export type LogKeysOptions = {
  readonly signer: Signer;
  /** All events of {@link KEY_STREAM}. */
  readonly readEvents: () => Promise<readonly RecordedEvent[]>;
  /** Appends as the ledger itself. */
  readonly append: (request: Append, meta: RequestMeta) => Promise<ReplyEnvelope<Appended>>;
  /** Refuses where this replica may not change the log now. */
  readonly mayChange: () => ReplyEnvelope<unknown>;
  readonly log: Log;
  /** The time now, ISO 8601. */
  readonly now: () => string;
};

type LogKeyView = z.infer<typeof LogKey>;

export type LogKeys = {
  /** The keys as the log tells of them, on any replica. */
  readonly told: () => Promise<LogKeyView[]>;
  /** Makes log and signer agree, as after a crash between the two. Needs a replica that writes. */
  readonly reconcile: () => Promise<void>;
  readonly add: (
    data: DataOf<typeof addSigningKey>,
    meta: RequestMeta,
  ) => Promise<ReplyEnvelope<ReplyOf<typeof addSigningKey>>>;
  readonly retire: (
    data: DataOf<typeof retireSigningKey>,
    meta: RequestMeta,
  ) => Promise<ReplyEnvelope<ReplyOf<typeof retireSigningKey>>>;
};

const TAKEN_OVER = 'the log was imported without the key that signed it before';
const LEDGER: RequestMeta = { id: 'audit-ledger', actor: { kind: 'system', id: 'audit-ledger' } };

/**
 * The keys of the log. The log tells which there are: a key signs only after its `key.added` is sealed, and no more after its `key.retired`.
 * The signer follows the log, so a crash between the two is mended by {@link LogKeys.reconcile}.
 */
export function logKeys(options: LogKeysOptions): LogKeys {
  const { signer, readEvents, append, mayChange, log, now } = options;
  let underWay: Promise<unknown> = Promise.resolve();

  /** One change at a time, so that two cannot retire the last two keys. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = underWay.then(work);
    underWay = mine.catch(() => {});
    return mine;
  }

  const known = async () => keyHistory(await readEvents());

  async function seal(type: string, id: string, data: Append['writes'][0]['events'][0]['data'], meta: RequestMeta) {
    const writes = [{ stream: KEY_STREAM, expected: 'any' as const, events: [{ id, type, data }] }];
    return append({ appendId: id, writes }, meta);
  }

  async function announce({ vkey, addedAt }: SignerKey, reason: string): Promise<void> {
    const data = { vkey, reason, addedBy: 'audit-ledger', at: addedAt };
    const reply = await seal('key.added', derivedId('key.added', vkey), data, LEDGER);
    if (!reply.ok) throw new Error(`the key ${vkey} could not be announced: ${reply.rejection.detail}`);
  }

  async function reconcile(): Promise<void> {
    const [told, held] = [await known(), await signer.keys()];
    for (const { vkey, addedAt } of told.filter(isInUse)) {
      if (await signer.useKey(vkey, addedAt)) continue;
      log.error({ vkey }, 'the private part of a key is gone; add another key, then retire this one');
    }
    for (const { vkey, retiredAt } of told) if (retiredAt !== undefined) await signer.retireKey(vkey, retiredAt);
    const reason = told.length === 0 ? 'the first key of this log' : TAKEN_OVER;
    for (const key of held.filter(isInUse))
      if (!told.some(({ vkey }) => vkey === key.vkey)) await announce(key, reason);
  }

  async function add({ reason }: DataOf<typeof addSigningKey>, meta: RequestMeta): ReturnType<LogKeys['add']> {
    const id = derivedId('key.added', 'command', meta.id);
    const refused = mayChange();
    if (!refused.ok) return refused;
    const earlier = (await readEvents()).find((event) => event.id === id);
    if (!earlier) {
      const vkey = await signer.prepareKey();
      const reply = await seal('key.added', id, { vkey, reason, addedBy: meta.actor.id, at: now() }, meta);
      if (!reply.ok) return { ok: false, rejection: reply.rejection };
    }
    await reconcile();
    const sealed = (await readEvents()).find((event) => event.id === id);
    const key = (await known()).find(({ addedBy }) => addedBy === sealed?.position);
    if (!key) throw new Error(`the key of the event ${id} is not in the log that was just written`);
    return ok({ vkey: key.vkey, position: key.addedBy });
  }

  async function retire(
    { vkey, reason }: DataOf<typeof retireSigningKey>,
    meta: RequestMeta,
  ): ReturnType<LogKeys['retire']> {
    const refused = mayChange();
    if (!refused.ok) return refused;
    const keys = await known();
    const key = keys.find((one) => one.vkey === vkey);
    if (!key) return rejected('SIGNING_KEY_REFUSED', `${vkey} is no key of this log; get-log-keys lists them`);
    if (key.retiredBy === undefined) {
      if (keys.filter(isInUse).length === 1)
        return rejected('SIGNING_KEY_REFUSED', `${vkey} is the only key that signs; add another one first`);
      const data = { vkey, reason, retiredBy: meta.actor.id, at: now() };
      const reply = await seal('key.retired', derivedId('key.retired', vkey), data, meta);
      if (!reply.ok) return { ok: false, rejection: reply.rejection };
    }
    await reconcile();
    const position = (await known()).find((one) => one.vkey === vkey)?.retiredBy;
    if (position === undefined) throw new Error(`the end of ${vkey} is not in the log that was just written`);
    return ok({ position });
  }

  return {
    told: async () =>
      (await known()).map(({ vkey, addedAt, retiredAt }) => ({ vkey, addedAt, ...(retiredAt ? { retiredAt } : {}) })),
    reconcile: () => inTurn(reconcile),
    add: (data, meta) => inTurn(() => add(data, meta)),
    retire: (data, meta) => inTurn(() => retire(data, meta)),
  };
}
