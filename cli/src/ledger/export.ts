import { getCheckpoint, getHead, getLogKeys } from '@causeway/contracts';
import {
  openBundle,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  proveEvent,
  wholeTiles,
  writeBundle,
} from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import { answerOf, servedEvents } from '../verify/online.ts';
import { makeBundleAt } from './bundle-place.ts';
import { readersFiles } from './guide.ts';

export type Exported = { readonly origin: string; readonly from: number; readonly to: number; readonly size: number };

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
  const { origin, nextPosition } = await answerOf(bus, getHead, {});
  const known = await answerOf(bus, getLogKeys, {});
  const log = known.keys.filter(({ retiredAt }) => retiredAt === undefined).map(({ vkey }) => vkey);
  const minSize = Math.min(range.to ?? nextPosition, nextPosition);
  const { note } = await answerOf(bus, getCheckpoint, { minSize });
  const { text, signatures } = parseNote(note);
  const { size } = parseCheckpoint(text);
  // A key whose private part is gone signs nothing, and stands in the log until it is retired: the first one is what proves an event.
  const signed = log.filter((vkey) => signatures.some(({ keyId }) => keyId === parseVerifierKey(vkey).keyId));
  const { from, to } = wholeTiles({ from: range.from, to: range.to ?? size }, size);
  const others = readersFiles({ origin, from, to }, size, signed);
  const witnesses = known.witnesses.map(({ vkey }) => vkey);
  await makeBundleAt(path, async ({ sink, files }) => {
    const source = servedEvents(bus, { origin, size, from, to });
    await writeBundle({ source, note, keys: { log: signed, witnesses }, others }, sink);
    const proof = await proveEvent(await openBundle(files), to - 1);
    for (const [name, content] of proof) await sink.write(`proof/${name}`, Buffer.from(content));
  });
  return { origin, from, to, size };
}
