import { auditLedgerEvents, type LogKey, type RecordedEvent } from '@causeway/contracts';
import type { z } from 'zod';

/** The stream that tells which keys sign the log. */
export const KEY_STREAM = 'signing-keys';

export type KnownKey = z.infer<typeof LogKey> & {
  /** Positions of the events that tell of it. */
  readonly addedBy: number;
  readonly retiredBy?: number;
};

/** The keys that events of {@link KEY_STREAM} tell of, oldest first. What is no event of keys is passed over. */
export function keyHistory(events: readonly RecordedEvent[]): readonly KnownKey[] {
  const keys = new Map<string, KnownKey>();
  for (const { type, data, position } of events) {
    if (type === 'key.added') {
      const { vkey, at } = auditLedgerEvents['key.added'].data.parse(data);
      if (!keys.has(vkey)) keys.set(vkey, { vkey, addedAt: at, addedBy: position });
    }
    if (type !== 'key.retired') continue;
    const { vkey, at } = auditLedgerEvents['key.retired'].data.parse(data);
    const key = keys.get(vkey);
    if (key && key.retiredAt === undefined) keys.set(vkey, { ...key, retiredAt: at, retiredBy: position });
  }
  return [...keys.values()];
}

export const isInUse = ({ retiredAt }: Pick<KnownKey, 'retiredAt'>): boolean => retiredAt === undefined;
