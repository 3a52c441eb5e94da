import { chainHashHex, encodeLeafAround, leafHashHex, toHex, type LeafEnvelope } from '@causeway/ledger';
import type { PreparedAppend, PreparedEvent } from './prepare.ts';

/** Where the log ends: position of the next event, and the chain value before it. */
export type HeadOfLog = { readonly nextPosition: number; readonly chain: Uint8Array };

export type SealedEvent = {
  readonly event: PreparedEvent;
  readonly position: number;
  readonly version: number;
  readonly time: string;
  readonly leaf: Uint8Array;
  /** Hexadecimal, as the two below. */
  readonly leafHash: string;
  readonly chain: string;
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
  const { origin, time } = context;
  const versions = new Map<string, number>();
  const events: SealedEvent[] = [];
  let { nextPosition } = from;
  let chain = toHex(from.chain);
  for (const append of appends) {
    for (const event of append.events) {
      const version = (versions.get(event.stream) ?? context.versionOf(event.stream)) + 1;
      versions.set(event.stream, version);
      const previousChain = chain;
      const leaf = encodeLeafAround(
        envelopeOf(event, { origin, time, version, nextPosition, previousChain }),
        event.leafData,
      );
      const hashOfLeaf = leafHashHex(leaf);
      chain = chainHashHex(previousChain, hashOfLeaf);
      events.push({ event, position: nextPosition, version, time, leaf, leafHash: hashOfLeaf, chain, previousChain });
      nextPosition++;
    }
  }
  return { appends, events, from, to: { nextPosition, chain: Buffer.from(chain, 'hex') } };
}

type Place = {
  readonly origin: string;
  readonly time: string;
  readonly version: number;
  readonly nextPosition: number;
  readonly previousChain: string;
};

function envelopeOf(event: PreparedEvent, { origin, time, version, nextPosition, previousChain }: Place): LeafEnvelope {
  const { id, stream, type, actor, schema, correlationId: corr, causationId: cause } = event;
  return {
    ...{
      v: 1,
      log: origin,
      pos: nextPosition,
      prev: previousChain,
      id,
      stream,
      ver: version,
      type,
      time,
      actor,
      schema,
    },
    ...(corr === undefined ? {} : { corr }),
    ...(cause === undefined ? {} : { cause }),
    meta: { scope: event.scope },
  };
}
