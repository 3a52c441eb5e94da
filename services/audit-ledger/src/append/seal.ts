import { chainHash, encodeLeafAround, leafHash, toHex } from '@causeway/ledger';
import type { PreparedAppend, PreparedEvent } from './prepare.ts';

/** Where the log ends: position of the next event, and the chain value before it. */
export type HeadOfLog = { readonly nextPosition: number; readonly chain: Uint8Array };

export type SealedEvent = {
  readonly event: PreparedEvent;
  readonly position: number;
  readonly version: number;
  readonly time: string;
  readonly leaf: Uint8Array;
  readonly leafHash: Uint8Array;
  readonly chain: Uint8Array;
  readonly previousChain: string;
};

export type SealedBatch = {
  readonly appends: readonly PreparedAppend[];
  readonly events: readonly SealedEvent[];
  readonly from: HeadOfLog;
  readonly to: HeadOfLog;
};

/** Seals appends into leaves that follow `from`, at one time. `versionOf` tells the version a stream is at before the batch. */
export function sealBatch(
  appends: readonly PreparedAppend[],
  from: HeadOfLog,
  context: { readonly origin: string; readonly time: string; readonly versionOf: (stream: string) => number },
): SealedBatch {
  const versions = new Map<string, number>();
  const events: SealedEvent[] = [];
  let { nextPosition, chain } = from;
  for (const append of appends) {
    for (const event of append.events) {
      const version = (versions.get(event.stream) ?? context.versionOf(event.stream)) + 1;
      versions.set(event.stream, version);
      const previousChain = toHex(chain);
      const leaf = encodeLeafAround(
        {
          ...{ v: 1, log: context.origin, pos: nextPosition, prev: previousChain, id: event.id, stream: event.stream },
          ...{ ver: version, type: event.type, time: context.time, actor: event.actor, schema: event.schema },
          ...(event.correlationId === undefined ? {} : { corr: event.correlationId }),
          ...(event.causationId === undefined ? {} : { cause: event.causationId }),
          meta: { scope: event.scope },
        },
        event.leafData,
      );
      const hashOfLeaf = leafHash(leaf);
      chain = chainHash(chain, hashOfLeaf);
      events.push({
        event,
        position: nextPosition,
        version,
        time: context.time,
        leaf,
        leafHash: hashOfLeaf,
        chain,
        previousChain,
      });
      nextPosition++;
    }
  }
  return { appends, events, from, to: { nextPosition, chain } };
}
