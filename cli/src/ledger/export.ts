import { getCheckpoint, getLogKeys } from '@causeway/contracts';
import { openBundle, parseCheckpoint, parseNote, proveEvent, wholeTiles, writeBundle } from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import { CannotTell } from '../verify/judge.ts';
import { servedLog } from '../verify/online.ts';
import { makeBundleAt } from './bundle-place.ts';
import { readersFiles } from './guide.ts';

export type Exported = { readonly origin: string; readonly from: number; readonly to: number; readonly size: number };

const meta = { id: 'export', actor: { kind: 'operator' as const, id: 'cli' } };
const options = { timeoutMs: 30_000, attemptMs: 10_000 };

/**
 * Writes events of a running ledger into a bundle at `path`, widened to whole tiles, under a checkpoint that is signed now. Memory does not grow with the
 * log. What is written is not checked here. Throws CannotTell when the ledger does not answer, RangeError when it has no such positions, BundleError when
 * it lacks some.
 */
export async function exportLog(
  bus: Bus,
  range: { readonly from: number; readonly to: number | undefined },
  path: string,
): Promise<Exported> {
  const keys = await bus.request(getLogKeys, {}, meta, options);
  const checkpoint = await bus.request(
    getCheckpoint,
    range.to === undefined ? {} : { minSize: range.to },
    meta,
    options,
  );
  for (const reply of [keys, checkpoint])
    if (!reply.ok) throw new CannotTell(`the ledger does not answer: ${reply.rejection.detail}`);
  if (!keys.ok || !checkpoint.ok) throw new CannotTell('the ledger does not answer');
  const { origin } = keys.value;
  const log = keys.value.keys.filter(({ retiredAt }) => retiredAt === undefined).map(({ vkey }) => vkey);
  const { note } = checkpoint.value;
  const { size } = parseCheckpoint(parseNote(note).text);
  const { from, to } = wholeTiles({ from: range.from, to: range.to ?? size }, size);
  const others = readersFiles({ origin, from, to }, size, log);
  const witnesses = keys.value.witnesses.map(({ vkey }) => vkey);
  await makeBundleAt(path, async ({ sink, files }) => {
    const source = servedLog(bus, { origin, size, from, to });
    await writeBundle({ source, note, keys: { log, witnesses }, others }, sink);
    const proof = await proveEvent(await openBundle(files), to - 1);
    for (const [name, content] of proof) await sink.write(`proof/${name}`, Buffer.from(content));
  });
  return { origin, from, to, size };
}
