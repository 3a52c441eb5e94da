import { getHead, readRaw, type Head, type RawEvent } from '@causeway/contracts';
import { createVerifier, toHex, type LogFinding, type StoredRecord } from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';

/** The end of a log as it was once seen: where it stood, and the chain value there. */
export type SeenHead = { readonly origin: string; readonly nextPosition: number; readonly chain: string };

export type LogReport = {
  readonly good: boolean;
  readonly checked: number;
  /** How many of them lost data by an erasure that the log records. */
  readonly erased: number;
  readonly origin: string;
  readonly chain: string;
  /** What is wrong, first position first; at most {@link MAX_FINDINGS}. */
  readonly findings: readonly LogFinding[];
};

/** No answer from the ledger: nothing can be said about the log. */
export class CannotTell extends Error {
  override readonly name = 'CannotTell';
}

const MAX_FINDINGS = 20;
const PAGE = 500;
const meta = { id: 'verify', actor: { kind: 'operator' as const, id: 'cli' } };
const options = { timeoutMs: 15_000, attemptMs: 5_000 };

/**
 * Reads the whole log as stored bytes and works everything out anew here: leaf hashes, chain, positions, versions, ids, data. The ledger's own
 * opinion is not asked. With `seen`, also that the log still goes through the point where it ended then: a log that was cut or restored does not.
 */
export async function verifyLog(bus: Bus, seen?: SeenHead): Promise<LogReport> {
  const head = await headOf(bus);
  const verifier = createVerifier(head.origin);
  const findings: LogFinding[] = [];
  for await (const record of records(bus, head.nextPosition)) {
    findings.push(...verifier.check(record));
    const { checked, chain } = verifier.state();
    if (seen?.nextPosition === checked && seen.origin === head.origin && seen.chain !== toHex(chain))
      findings.push(forked(seen));
  }
  findings.push(...verifier.finish({ nextPosition: head.nextPosition, chain: Buffer.from(head.chain, 'hex') }));
  if (seen?.origin === head.origin && seen.nextPosition > head.nextPosition) findings.push(shortened(seen, head));
  findings.sort((one, other) => one.position - other.position);
  const { checked, erased, chain } = verifier.state();
  return {
    good: findings.length === 0,
    ...{ checked, erased },
    origin: head.origin,
    chain: toHex(chain),
    findings: findings.slice(0, MAX_FINDINGS),
  };
}

async function headOf(bus: Bus): Promise<Head> {
  const reply = await bus.request(getHead, {}, meta, options);
  if (!reply.ok) throw new CannotTell(`the ledger does not answer: ${reply.rejection.detail}`);
  return reply.value;
}

async function* records(bus: Bus, end: number): AsyncGenerator<StoredRecord> {
  let position = 0;
  while (position < end) {
    const reply = await bus.request(
      readRaw,
      { fromPosition: position, limit: Math.min(PAGE, end - position) },
      meta,
      options,
    );
    if (!reply.ok)
      throw new CannotTell(`the log could not be read from position ${position}: ${reply.rejection.detail}`);
    const { events } = reply.value;
    if (events.length === 0) return;
    for (const event of events) yield storedRecord(event);
    position = (events.at(-1)?.position ?? position) + 1;
  }
}

const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

function storedRecord({ leaf, leafHash, chain, data, salt, erased: _, ...columns }: RawEvent): StoredRecord {
  const kept = {
    data: data === undefined ? undefined : bytes(data),
    salt: salt === undefined ? undefined : bytes(salt),
  };
  return { ...columns, ...kept, leaf: bytes(leaf), leafHash: bytes(leafHash), chain: bytes(chain) };
}

const forked = ({ nextPosition }: SeenHead): LogFinding => ({
  position: nextPosition - 1,
  code: 'CHAIN_BROKEN',
  detail: 'the log was seen with another chain value here: it was rewritten or restored from a copy since',
});

const shortened = (seen: SeenHead, head: Head): LogFinding => ({
  position: head.nextPosition,
  code: 'HEAD_MISMATCH',
  detail: `the log was seen with ${seen.nextPosition} events and has ${head.nextPosition} now: its end was cut off, or it was restored from a copy`,
});
