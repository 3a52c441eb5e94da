import { medianOf, type Figures } from '../load.ts';
import { footprint, type Footprint } from './footprint.ts';
import type { LoadProcesses } from './load-processes.ts';
import type { Extent } from './options.ts';
import type { Place } from './place.ts';
import { perEvent, processorTime, type ProcessorTime } from './processor-time.ts';
import { proofTimes, type ProofFigures } from './proofs.ts';

/** What the ledger costs when its log has grown to a size. */
export type GrowthPoint = {
  /** Events in the log when measuring began. */
  readonly size: number;
  /** How the log came to this size: events a second since the point before, and how long publication went on afterwards. */
  readonly fill: { readonly seconds: number; readonly perSecond: number; readonly publishedAfterSeconds: number };
  readonly alone: Figures;
  readonly together: Figures;
  /** Processor time of an event while 64 were in flight, in microseconds. */
  readonly processor?: ProcessorTime;
  /** Undefined when the ledger does not serve proofs. */
  readonly proofs?: ProofFigures;
  /** Events in the log when it took this much. */
  readonly sizeAfter: number;
  readonly footprint: Footprint;
};

export type GrowthOptions = {
  readonly place: Place;
  readonly load: LoadProcesses;
  readonly extent: Extent;
  readonly log: (line: string) => void;
};

const TOGETHER = 64;
const FILL = { inFlight: 16, eventsEach: 100 };
/** One at a time, so that the code has seen its share of appends when the first size is measured. */
const FIRST_FILL = { inFlight: 64, eventsEach: 1 };

/** Lets the log grow from nothing and measures at each size. */
export async function growth(options: GrowthOptions): Promise<readonly GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const size of options.extent.sizes) {
    const fill = await fillTo(size, options, points.length === 0 ? FIRST_FILL : FILL);
    points.push({ fill, ...(await measureHere(options)) });
    const { alone, together } = points.at(-1)!;
    options.log(
      `at ${size} events: filled in ${fill.seconds.toFixed(1)} s, alone ${alone.p50Ms.toFixed(2)} ms, together ${together.perSecond.toFixed(0)}/s`,
    );
  }
  return points;
}

async function fillTo(size: number, { place, load }: GrowthOptions, fill: typeof FILL): Promise<GrowthPoint['fill']> {
  const before = await place.size();
  const most = Math.ceil(Math.max(0, size - before) / fill.eventsEach);
  const began = performance.now();
  await load.measure({ ...fill, durationMs: Infinity, warmUpMs: 0, most });
  const seconds = (performance.now() - began) / 1_000;
  await place.settle();
  const publishedAfterSeconds = (performance.now() - began) / 1_000 - seconds;
  return { seconds, perSecond: ((await place.size()) - before) / seconds, publishedAfterSeconds };
}

async function measureHere({ place, load, extent }: GrowthOptions): Promise<Omit<GrowthPoint, 'fill'>> {
  const size = await place.size();
  const windows = async (inFlight: number, most: number): Promise<Figures> => {
    const figures: Figures[] = [];
    for (let window = 0; window < extent.windows; window++) {
      figures.push(await load.measure({ inFlight, durationMs: Infinity, warmUpMs: 0, most, eventsEach: 1 }));
      await place.settle();
    }
    return medianOf(figures);
  };
  const alone = await windows(1, extent.appendsAlone);
  const before = await processorTime(place.instance);
  const together = await windows(TOGETHER, extent.appendsTogether);
  const after = await processorTime(place.instance);
  const processor = before && after ? { processor: perEvent(before, after, together.done) } : {};
  const proofs = await proofTimes(place.bus, size, extent.proofs);
  const found = { size, alone, together, ...processor, ...(proofs ? { proofs } : {}) };
  return { ...found, sizeAfter: await place.size(), footprint: await footprint(place.instance) };
}
