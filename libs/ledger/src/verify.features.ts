import { canonicalBytes, type JsonValue } from './canonical-json.ts';
import { chainHash, genesis, leafHash, toHex } from './chain.ts';
import { dataCommitment, encodeLeaf } from './leaf.ts';
import type { StoredRecord } from './verify.ts';

export const ORIGIN = 'ledger.test/unit/main';

export type Sealed = StoredRecord & {
  readonly leafHash: Uint8Array;
  readonly chain: Uint8Array;
  readonly stream: string;
  readonly version: number;
  readonly id: string;
};

export type EventToSeal = {
  readonly stream: string;
  readonly erasable: boolean;
  readonly data: JsonValue;
  /** What stands in the leaf beside the commitment; left out, the leaf commits to all of the data. */
  readonly kept?: JsonValue;
  readonly type?: string;
};

/** Seals events into a log as the service does; salts and ids are made from the position, so that logs are the same every time. */
export function sealLog(events: readonly EventToSeal[]): Sealed[] {
  const versions = new Map<string, number>();
  let chain: Uint8Array = genesis(ORIGIN);
  return events.map(({ stream, erasable, data: value, kept, type = 'thing.done' }, position) => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    const id = `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`;
    const salt = new Uint8Array(32).fill(position + 1);
    const data = canonicalBytes(value);
    const leaf = encodeLeaf({
      ...{
        v: 1,
        log: ORIGIN,
        pos: position,
        prev: toHex(chain),
        id,
        stream,
        ver: version,
        type,
        schema: 1,
      },
      ...{
        time: '2026-01-01T00:00:00.000Z',
        actor: { kind: 'system', id: 'test' },
        corr: 'c-1',
        meta: { scope: stream },
      },
      data: erasable
        ? { ...(kept === undefined ? {} : { inline: kept }), ...dataCommitment(salt, data) }
        : { inline: value },
    });
    chain = chainHash(chain, leafHash(leaf));
    const beside = erasable ? { data, salt } : {};
    return {
      position,
      leaf,
      leafHash: leafHash(leaf),
      chain,
      stream,
      version,
      id,
      type,
      scope: stream,
      ...beside,
    };
  });
}
