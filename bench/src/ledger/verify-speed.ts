import { hash, randomUUID } from 'node:crypto';
import { chainHash, createVerifier, genesis, leafHash, toHex, type StoredRecord } from '@causeway/ledger';
import { median } from '../load.ts';
import { bareLeaf, newStreamName } from './events.ts';

export type VerifySpeed = { readonly events: number; readonly perSecond: number; readonly barePerSecond: number };

const ORIGIN = 'ledger.causeway.local/bench';
const PASSES = 3;
const STREAMS = 1_000;
const LEAST_MICROS = 50_000;

/** The verifier over a sound log, beside a bare SHA-256 and JSON.parse of each leaf: medians of passes in turns, after one to warm up. */
export function verifySpeed(events: number): VerifySpeed {
  const records = soundLog(events);
  const passes = Array.from({ length: PASSES + 1 }, () => ({
    ours: secondsOf(() => verify(records)),
    bare: secondsOf(() => hashAndParse(records)),
  })).slice(1);
  return {
    events,
    perSecond: events / median(passes.map(({ ours }) => ours)),
    barePerSecond: events / median(passes.map(({ bare }) => bare)),
  };
}

/** Processor time of this thread, which nothing else on the machine adds to. It is told in coarse steps: what is short is done again and again. */
function secondsOf(work: () => void): number {
  const began = process.threadCpuUsage();
  for (let times = 1; ; times++) {
    work();
    const { user, system } = process.threadCpuUsage(began);
    if (user + system >= LEAST_MICROS) return (user + system) / 1_000_000 / times;
  }
}

function verify(records: readonly StoredRecord[]): void {
  const verifier = createVerifier(ORIGIN);
  for (const record of records) {
    const [finding] = verifier.check(record);
    if (finding) throw new Error(`the verifier finds fault with a sound log: ${finding.code}, ${finding.detail}`);
  }
}

function hashAndParse(records: readonly StoredRecord[]): void {
  const decoder = new TextDecoder();
  let seen = 0;
  for (const { leaf, position } of records) {
    hash('sha256', leaf, 'buffer');
    seen += (JSON.parse(decoder.decode(leaf)) as { pos: number }).pos === position ? 1 : 0;
  }
  if (seen !== records.length) throw new Error('a leaf does not say its position');
}

function soundLog(events: number): readonly StoredRecord[] {
  const streams = Array.from({ length: STREAMS }, newStreamName);
  let chain = genesis(ORIGIN);
  return Array.from({ length: events }, (_, position) => {
    const stream = streams[position % STREAMS]!;
    const id = randomUUID();
    const version = Math.floor(position / STREAMS) + 1;
    const leaf = bareLeaf({ position, previous: toHex(chain), id, stream, version });
    const hashOfLeaf = leafHash(leaf);
    chain = chainHash(chain, hashOfLeaf);
    return { position, leaf, leafHash: hashOfLeaf, chain, stream, version, id };
  });
}
